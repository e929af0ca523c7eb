/// `byzgate keygen`: the keys of a whole cluster, written once.
#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "config/parse.hpp"
#include "crypto/key_files.hpp"
#include "net/names.hpp"
#include "net/tls.hpp"
#include "tests/system/cli_settings.hpp"
#include "tests/system/process.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct stage {
    temporary_directory dir;
    std::string config = dir.write("loyal.toml", loyal_toml);
};

} // namespace

TEST_CASE_METHOD(stage, "keygen writes keys that sign for every server of the configuration") {
    const auto done = byzgate_with({"keygen", config, "--json"});
    REQUIRE(done.code == 0);
    CHECK(done.err.empty());
    const auto told = nlohmann::json::parse(done.out);
    const std::filesystem::path place{told["directory"].get<std::string>()};
    CHECK(place == dir.file("loyal-keys"));
    // A key, a certificate and its key for each of 7 servers; an operator's two; the CA's two; two
    // for all.
    CHECK(told["files"].size() == 27);
    const auto cluster = load_scenario(config, {}).cluster;
    key_set keys{load_public_keys(place / cluster_key_file_name), {}};
    CHECK(keys.all.name == "loyal");
    for (const auto& entry : keys.all.servers) {
        const auto file = place / private_key_file_name(entry.first);
        keys.own.emplace(entry.first, load_private_keys(file, entry.first));
        CHECK(done.out.find(content_of(file).substr(40, 20)) == std::string::npos);
    }
    CHECK(make_signing_keys(keys, cluster).size() == 7);
    CHECK(told["digest"] == to_hex(cluster_digest(keys.all, cluster)));
}

TEST_CASE_METHOD(stage, "keygen a second time refuses and leaves the keys as they are") {
    const auto place = dir.file("kept");
    const auto first = byzgate_with({"keygen", config, "--out", place});
    REQUIRE(first.code == 0);
    CHECK_THAT(first.out, Contains("lieutenant-3.key") && Contains("cluster.keys"));
    const auto before = content_of(place + "/lieutenant-3.key");
    const auto again = byzgate_with({"keygen", config, "--out", place});
    CHECK(again.code == 2);
    CHECK(again.out.empty());
    CHECK_THAT(again.err, Contains("commander-1.key") && Contains("--out"));
    CHECK(content_of(place + "/lieutenant-3.key") == before);
    CHECK_FALSE(before.empty());
}

TEST_CASE_METHOD(stage, "keygen names what it can't use") {
    CHECK(byzgate_with({"keygen", dir.file("none.toml")}).code != 0);
    dir.write("file", "");
    const auto nowhere = byzgate_with({"keygen", config, "--out", dir.file("file/keys")});
    CHECK(nowhere.code == 2);
    CHECK_THAT(nowhere.err, Contains("is no directory"));
    const auto unnamed = byzgate_with(
        {"keygen", dir.write("two-lines.toml",
                             "name = \"a\\nb\"\n" + loyal_toml.substr(loyal_toml.find('\n') + 1))});
    CHECK(unnamed.code == 2);
    CHECK_THAT(unnamed.err, Contains("name"));
}

TEST_CASE_METHOD(stage, "keygen makes certificates that servers can prove themselves with") {
    const std::filesystem::path place{dir.file("certified")};
    REQUIRE(byzgate_with({"keygen", config, "--out", place.string()}).code == 0);
    const tls_identities of_all{
        {{commander_id(0), place / "commander-1.crt", place / "commander-1.tls.key"},
         {operator_id, place / "operator.crt", place / "operator.tls.key"}},
        place / "ca.crt"};
    for (const auto* name : {"ca.key", "commander-1.tls.key"}) {
        struct stat about {};
        REQUIRE(::stat((place / name).c_str(), &about) == 0);
        CHECK((about.st_mode & 0777) == 0600);
    }
    const auto before = content_of((place / "lieutenant-2.crt").string());
    const auto renewed = byzgate_with(
        {"keygen", config, "--out", place.string(), "--renew", "lieutenant-2", "--json"});
    CHECK(renewed.code == 0);
    CHECK(nlohmann::json::parse(renewed.out)["files"].size() == 2);
    CHECK(content_of((place / "lieutenant-2.crt").string()) != before);
    const tls_identities fresh{
        {{lieutenant_id(1), place / "lieutenant-2.crt", place / "lieutenant-2.tls.key"}},
        place / "ca.crt"};

    const auto nobody =
        byzgate_with({"keygen", config, "--out", place.string(), "--renew", "lieutenant-9"});
    CHECK(nobody.code == 2);
    CHECK_THAT(nobody.err, Contains("lieutenant-9") && Contains("operator"));
    std::filesystem::remove(place / "ca.key");
    const auto late =
        byzgate_with({"keygen", config, "--out", place.string(), "--renew", "lieutenant-2"});
    CHECK(late.code == 2);
    CHECK_THAT(late.err, Contains("ca.key"));
}

TEST_CASE_METHOD(stage, "keygen makes certificates beside keys that exist, or no keys at all") {
    const std::filesystem::path place{dir.file("beside")};
    std::filesystem::create_directory(place);
    dir.write("beside/ca.crt", "mine");
    const auto refused = byzgate_with({"keygen", config, "--out", place.string()});
    CHECK(refused.code == 2);
    CHECK_THAT(refused.err, Contains("ca.crt"));
    CHECK_FALSE(std::filesystem::exists(place / "commander-1.key"));
    std::filesystem::remove(place / "ca.crt");
    const auto made = byzgate_with({"keygen", config, "--out", place.string(), "--certificates"});
    CHECK(made.code == 0);
    CHECK_FALSE(std::filesystem::exists(place / "commander-1.key"));
    CHECK(byzgate_with({"keygen", config, "--out", place.string()}).code == 2);
    CHECK_FALSE(std::filesystem::exists(place / "commander-1.key"));
}
