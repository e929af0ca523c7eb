/// Private keys out of the environment, and what is left there.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <cstring>

#include "crypto/key_files.hpp"
#include "crypto/key_sources.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

struct stage {
    cluster_parameters cluster = [] {
        cluster_parameters made;
        made.commanders = 2;
        made.lieutenants = 3;
        made.protocol = protocol_kind::signed_;
        return made;
    }();
    temporary_directory dir;
    std::filesystem::path place = dir.file("keys");
    key_set keys = fresh_keys("sources", cluster);
    server_id self = lieutenant_id(1);
    std::string variable = key_variable_of(self);

    stage() { write_key_files(place, keys); }
    ~stage() { ::unsetenv(variable.c_str()); }

    void set(const std::string& text) const {
        REQUIRE(::setenv(variable.c_str(), text.c_str(), 1) == 0);
    }
};

} // namespace

TEST_CASE("a server's variable is its name in capitals") {
    CHECK(key_variable_of(commander_id(0)) == "BYZGATE_KEY_COMMANDER_1");
    CHECK(key_variable_of(lieutenant_id(11)) == "BYZGATE_KEY_LIEUTENANT_12");
    CHECK(key_variable_of(supervisor_id) == "BYZGATE_KEY_SUPERVISOR");
    CHECK(key_variable_of(external_party_id) == "BYZGATE_KEY_EXTERNAL_PARTY");
}

TEST_CASE_METHOD(stage, "a key in the environment comes before its file, and is taken once") {
    std::filesystem::remove(place / private_key_file_name(self));
    const auto text = format_private_key_file(keys.own.at(self));
    const bool with_line_feed = GENERATE(true, false);
    set(with_line_feed ? text : text.substr(0, text.size() - 1));
    const char* const there = std::getenv(variable.c_str());
    const auto length = std::strlen(there);
    const auto found = find_keys(place, cluster);
    CHECK(found.own.at(self) == keys.own.at(self));
    CHECK(found.own.size() == 5);
    CHECK(std::getenv(variable.c_str()) == nullptr);
    CHECK(std::string(there, length) == std::string(length, '\0'));
    CHECK_THROWS_WITH(find_keys(place, cluster),
                      Contains("lieutenant-2.key") && Contains("[keys] dir") && Contains(variable));
}

TEST_CASE_METHOD(stage, "what is no key of that server is refused, and taken all the same") {
    const auto text = format_private_key_file(keys.own.at(lieutenant_id(0)));
    const auto which = GENERATE(0, 1, 2);
    set(which == 0 ? text : std::string{which == 1 ? "hunter2" : ""});
    try {
        static_cast<void>(find_private_keys(place, self));
        FAIL("it was taken for a key");
    } catch (const key_error& wrong) {
        CHECK_THAT(wrong.what(), Contains(variable));
        CHECK_THAT(wrong.what(), !Contains(text.substr(text.find("seed ") + 5, 16)));
        CHECK_THAT(wrong.what(), !Contains("hunter2"));
    }
    CHECK(std::getenv(variable.c_str()) == nullptr);
}

TEST_CASE_METHOD(stage, "without public keys a key in the environment is not passed over") {
    CHECK_NOTHROW(expect_no_key_variables(cluster));
    set("anything");
    CHECK_THROWS_WITH(expect_no_key_variables(cluster), Contains(variable) && Contains("[keys]"));
}

TEST_CASE_METHOD(stage, "keys of another cluster are refused with their file") {
    cluster.lieutenants = 4;
    CHECK_THROWS_WITH(find_keys(place, cluster), Contains("cluster.keys"));
}

TEST_CASE_METHOD(stage, "what a process doesn't need is wiped from its environment") {
    const auto other = key_variable_of(supervisor_id);
    const char* const secret = "BYZGATE_DATABASE_SECRET";
    const bool with_database = GENERATE(true, false);
    set(format_private_key_file(keys.own.at(self)));
    REQUIRE(::setenv(other.c_str(), "another's", 1) == 0);
    REQUIRE(::setenv(secret, "the database's", 1) == 0);
    const char* const there = std::getenv(other.c_str());
    drop_key_variables_but({self}, with_database);
    CHECK(std::getenv(variable.c_str()) != nullptr);
    CHECK(std::getenv(other.c_str()) == nullptr);
    CHECK(std::string(there, 9) == std::string(9, '\0'));
    CHECK((std::getenv(secret) != nullptr) == with_database);
    ::unsetenv(secret);
}
