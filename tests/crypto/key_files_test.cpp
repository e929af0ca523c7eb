/// Key files on a disk: who may read them, and that none is ever lost.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "crypto/key_files.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct key_directory {
    temporary_directory dir;
    std::filesystem::path place = dir.file("keys");
    key_set keys = fresh_keys("on disk", cluster_parameters{});

    [[nodiscard]] std::filesystem::path file(server_id server) const {
        return place / private_key_file_name(server);
    }
};

mode_t mode_of(const std::filesystem::path& file) {
    struct stat about {};
    REQUIRE(::stat(file.c_str(), &about) == 0);
    return about.st_mode & 07777;
}

} // namespace

TEST_CASE_METHOD(key_directory, "keys that were written load again, whatever the umask") {
    const auto mask = GENERATE(as<mode_t>{}, 0, 022, 077, 0777);
    const auto before = ::umask(mask);
    // With 0777 the directory itself would lock its maker out.
    if (mask == 0777) {
        std::filesystem::create_directory(place);
        REQUIRE(::chmod(place.c_str(), 0700) == 0);
    }
    const auto written = write_key_files(place, keys);
    ::umask(before);
    CHECK(written.size() == keys.own.size() + 1);
    CHECK(written.back() == place / cluster_key_file_name);
    CHECK((mode_of(place) & 077) == 0);
    for (const auto& [server, own] : keys.own) {
        CHECK(mode_of(file(server)) == 0600);
        CHECK(load_private_keys(file(server), server) == own);
    }
    CHECK(mode_of(place / cluster_key_file_name) == 0644);
    CHECK(load_public_keys(place / cluster_key_file_name) == keys.all);
    CHECK(std::distance(std::filesystem::directory_iterator{place}, {})
          == static_cast<std::ptrdiff_t>(written.size()));
}

TEST_CASE_METHOD(key_directory, "keys are never overwritten, and nothing is written beside them") {
    std::filesystem::create_directory(place);
    const auto there = GENERATE(as<std::string>{}, "commander-1.key", "supervisor.key",
                                "external-party.key", "cluster.keys");
    dir.write("keys/" + there, "precious");
    CHECK_THROWS_WITH(write_key_files(place, keys), Contains(there) && Contains("overwritten"));
    CHECK(content_of(place / there) == "precious");
    CHECK(std::distance(std::filesystem::directory_iterator{place}, {}) == 1);
}

TEST_CASE_METHOD(key_directory, "a dangling link in a key's place is no way to write elsewhere") {
    std::filesystem::create_directory(place);
    std::filesystem::create_symlink(dir.file("elsewhere"), file(commander_id(0)));
    CHECK_THROWS_AS(write_key_files(place, keys), key_error);
    CHECK_FALSE(std::filesystem::exists(dir.file("elsewhere")));
}

TEST_CASE_METHOD(key_directory, "a directory that can't be made is told") {
    dir.write("file", "");
    CHECK_THROWS_WITH(write_key_files(dir.file("file"), keys), Contains("no directory"));
    CHECK_THROWS_WITH(write_key_files(dir.file("file/keys"), keys), Contains("no directory"));
    CHECK_THROWS_AS(write_key_files("", keys), key_error);
}

TEST_CASE_METHOD(key_directory, "the parents of a directory for keys are its owner's alone, too") {
    const auto deep = std::filesystem::path{dir.file("kept/of/gate")};
    write_key_files(deep, keys);
    for (const auto& made : {deep, deep.parent_path(), deep.parent_path().parent_path()}) {
        struct stat about {};
        REQUIRE(::stat(made.c_str(), &about) == 0);
        CHECK((about.st_mode & 0777) == 0700);
    }
    CHECK(load_public_keys(deep / cluster_key_file_name) == keys.all);
}

TEST_CASE_METHOD(key_directory, "a private key that others have rights to is refused") {
    write_key_files(place, keys);
    const auto who = lieutenant_id(0);
    const auto mode = GENERATE(as<mode_t>{}, 0640, 0604, 0620, 0602, 0610, 0644, 0777);
    REQUIRE(::chmod(file(who).c_str(), mode) == 0);
    CHECK_THROWS_WITH(load_private_keys(file(who), who),
                      Contains("chmod 600 ") && Contains(file(who).string()));
    REQUIRE(::chmod(file(who).c_str(), 0400) == 0);
    CHECK(load_private_keys(file(who), who) == keys.own.at(who));
}

TEST_CASE_METHOD(key_directory, "what is no key of this server is refused") {
    write_key_files(place, keys);
    const auto who = lieutenant_id(0);
    CHECK_THROWS_WITH(load_private_keys(file(lieutenant_id(1)), who),
                      Contains("lieutenant-2.key") && Contains("the key of lieutenant-2"));
    CHECK_THROWS_WITH(load_private_keys(place / "none.key", who), Contains("byzgate keygen"));
    CHECK_THROWS_WITH(load_private_keys(place, who), Contains("mode") || Contains("no file"));
    CHECK_THROWS_AS(load_public_keys(place), key_error);
    CHECK_THROWS_AS(load_public_keys(file(who)), key_error);
    const auto fifo = place / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(load_private_keys(fifo, who), Contains("no file"));
    const auto large = dir.write("keys/large", std::string(5'000, 'x'));
    REQUIRE(::chmod(large.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(load_private_keys(large, who), Contains("too large"));
}
