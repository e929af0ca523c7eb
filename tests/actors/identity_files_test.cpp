/// Certificates whose files change while a process runs, and how often the log tells of one thing.
#include <catch2/catch.hpp>

#include "actors/identity_files.hpp"
#include "actors/line_limit.hpp"
#include "net/certificates.hpp"
#include "tests/actors/linked.hpp"

using namespace linked;

namespace {

const auto lieutenant = lieutenant_id(0);

struct renewable {
    certificates made;
    identity_files files{{{lieutenant, made.of(lieutenant).certificate, made.of(lieutenant).key}},
                         made.path() / authority_file_name,
                         made.path() / revocation_file_name};

    [[nodiscard]] std::string serial() const {
        return ossl::serial_of(read_certificate(made.of(lieutenant).certificate).get());
    }
};

} // namespace

TEST_CASE_METHOD(renewable, "changed certificates are read once they lie still") {
    CHECK_FALSE(files.look());
    CHECK(files.generation() == 1);
    renew_certificate(made.path(), "lieutenant-1", now_s());
    CHECK_FALSE(files.look());
    const auto news = files.look();
    REQUIRE(news);
    CHECK(news->problem.empty());
    CHECK(files.generation() == 2);
    CHECK_FALSE(files.look());

    const auto first = serial();
    revoke_certificate(made.path(), "lieutenant-1", now_s());
    CHECK_FALSE(files.look());
    REQUIRE(files.look());
    CHECK(files.now().is_revoked(first));
    CHECK_FALSE(files.now().is_revoked(serial()));
    // A second one adds to the list.
    const auto second = serial();
    revoke_certificate(made.path(), "lieutenant-1", now_s());
    CHECK_FALSE(files.look());
    REQUIRE(files.look());
    CHECK(files.now().is_revoked(first));
    CHECK(files.now().is_revoked(second));
}

TEST_CASE_METHOD(renewable, "what a running process knows to be revoked stays so with this CA") {
    const auto list = made.path() / revocation_file_name;
    const auto first = serial();
    revoke_certificate(made.path(), "lieutenant-1", now_s());
    const auto looked = [&] {
        CHECK_FALSE(files.look());
        return files.look();
    };
    REQUIRE(looked());
    REQUIRE(files.now().is_revoked(first));
    const auto older = made.path() / "older";
    std::filesystem::copy_file(list, older);
    const auto second = serial();
    revoke_certificate(made.path(), "lieutenant-1", now_s());
    REQUIRE(looked());
    SECTION("the list is removed") {
        std::filesystem::remove(list);
    }
    SECTION("an older one comes in its place") {
        std::filesystem::rename(older, list);
    }
    const auto news = looked();
    REQUIRE(news);
    CHECK_THAT(news->problem, Catch::Contains("ca.crl") && Catch::Contains("put it back"));
    CHECK(files.now().is_revoked(first));
    CHECK(files.now().is_revoked(second));
    CHECK_FALSE(files.look()); // Told once.

    // With another CA it means nothing.
    const certificates others;
    std::filesystem::remove(list);
    for (const auto& name :
         {made.of(lieutenant).certificate.filename(), made.of(lieutenant).key.filename(),
          std::filesystem::path{authority_file_name}}) {
        std::filesystem::copy_file(others.path() / name, made.path() / name,
                                   std::filesystem::copy_options::overwrite_existing);
    }
    const auto anew = looked();
    REQUIRE(anew);
    CHECK(anew->problem.empty());
    CHECK_FALSE(files.now().is_revoked(first));
}

TEST_CASE_METHOD(renewable, "files that don't fit together leave what is in use, and are told") {
    const auto key = made.of(lieutenant).key;
    const auto times = files.now().times_of(lieutenant);
    std::filesystem::copy_file(made.of(lieutenant_id(1)).key, key,
                               std::filesystem::copy_options::overwrite_existing);
    CHECK_FALSE(files.look());
    const auto news = files.look();
    REQUIRE(news);
    CHECK(news->problem.find("is not the private key of") != std::string::npos);
    CHECK(files.generation() == 1);
    CHECK(files.now().times_of(lieutenant) == times);
    CHECK_FALSE(files.look());
    std::filesystem::remove(key);
    CHECK_FALSE(files.look());
    REQUIRE(files.look());
    renew_certificate(made.path(), "lieutenant-1", now_s());
    CHECK_FALSE(files.look());
    const auto again = files.look();
    REQUIRE(again);
    CHECK(again->problem.empty());
}

TEST_CASE("what happens all the time is said ever more rarely, with how often it did") {
    line_limit lines;
    CHECK(lines.due("refused", 1'000) == 1U);
    std::uint64_t said = 0;
    std::uint64_t counted = 0;
    constexpr std::uint64_t day_ms = 86'400'000;
    for (std::uint64_t at = 3'000; at < day_ms; at += 2'000) {
        if (const auto times = lines.due("refused", at)) {
            ++said;
            counted += *times;
        }
    }
    CHECK(said > 10);
    CHECK(said < 40);
    CHECK(counted > 40'000);
    // Another thing is news, and so is the same one after a long silence.
    CHECK(lines.due("unreachable", day_ms) == 1U);
    CHECK(lines.due("refused", 3 * day_ms) == 1U);
}

TEST_CASE("whoever invents ever new things gets few lines") {
    line_limit lines;
    std::uint64_t said = 0;
    for (int i = 0; i < 100'000; ++i) {
        said += lines.due(std::to_string(i), 1'000) ? 1 : 0;
    }
    CHECK(said <= line_limit::things_max + 1);
}
