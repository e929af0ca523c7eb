/// The log of what a server signed: what was kept is there again after any crash.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include "storage/signing_log.hpp"
#include "tests/storage/workbench.hpp"

namespace byzgate::test {

namespace {

digest cluster_named(std::uint8_t name) {
    digest d{};
    d[0] = name;
    return d;
}

const server_id owner = lieutenant_id(1);

kept_statement relay_in(std::uint64_t round, std::size_t bytes = 5) {
    return {statement_kind::relay, round_id{round}, 2, 1,
            std::string(bytes, static_cast<char>('a' + round % 26))};
}

using statements = std::vector<kept_statement>;

statements kept_in(const std::string& file) {
    return signing_log{file, cluster_named(1), owner}.take_past().statements;
}

std::string flipped(std::string content, std::size_t at) {
    content[at] = static_cast<char>(content[at] ^ 1);
    return content;
}

constexpr std::size_t head_bytes = 98;

} // namespace

TEST_CASE("what was kept in a signing log is there when it is opened again") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    const statements first{relay_in(1), {statement_kind::votes, round_id{1}, 0, 0, "vote"}};
    const statements second{{statement_kind::claims, round_id{2}, 0, 0, std::string("\0\n", 2)}};
    {
        signing_log log{file, cluster_named(1), owner};
        CHECK(log.take_past().statements.empty());
        log.keep(first);
        log.keep(second);
    }
    signing_log again{file, cluster_named(1), owner};
    const auto past = again.take_past();
    CHECK(past.floor == round_id{0});
    CHECK(past.statements == statements{first[0], first[1], second[0]});
    again.keep({relay_in(3)});
    CHECK(again.bytes() == std::filesystem::file_size(file));
}

TEST_CASE("what is kept together costs one sync") {
    const temporary_directory directory;
    signing_log log{directory.file("log"), cluster_named(1), owner};
    const auto before = log.syncs();
    log.keep(statements(100, relay_in(1)));
    CHECK(log.syncs() == before + 1);
    log.keep({});
    CHECK(log.syncs() == before + 1);
    CHECK(log.take_past().statements.empty());
}

TEST_CASE("a signing log that is cut off anywhere keeps all that was kept before") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    std::vector<std::size_t> ends;
    {
        signing_log log{file, cluster_named(1), owner};
        CHECK(log.bytes() == head_bytes);
        for (std::uint64_t round = 1; round <= 4; ++round) {
            log.keep({relay_in(round), relay_in(round)});
            ends.push_back(log.bytes());
        }
    }
    const auto whole = content_of(file);
    REQUIRE(whole.size() == ends.back());
    for (std::size_t length = 0; length <= whole.size(); ++length) {
        CAPTURE(length);
        const auto cut = directory.write("cut", whole.substr(0, length));
        if (length < head_bytes) {
            // Written and synced under another name first, so a crash never leaves this.
            CHECK_THROWS(kept_in(cut));
            continue;
        }
        std::uint64_t rounds = 0;
        while (rounds < ends.size() && ends[rounds] <= length) {
            ++rounds;
        }
        {
            signing_log log{cut, cluster_named(1), owner};
            REQUIRE(log.take_past().statements.size() == 2 * rounds);
            if (length % 5 != 0) {
                continue; // Every sync takes its time.
            }
            log.keep({relay_in(9)});
        }
        const auto kept = kept_in(cut);
        REQUIRE(kept.size() == 2 * rounds + 1);
        REQUIRE(kept.back() == relay_in(9));
    }
}

TEST_CASE("a last frame that did not get to the disk whole is dropped") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    std::size_t durable = 0;
    {
        signing_log log{file, cluster_named(1), owner};
        log.keep({relay_in(1)});
        durable = log.bytes();
        log.keep({relay_in(2)});
    }
    const auto whole = content_of(file);
    for (auto at = durable; at < whole.size(); ++at) {
        CAPTURE(at);
        auto zeroed = whole;
        for (auto i = durable; i <= at; ++i) {
            zeroed[i] = '\0';
        }
        REQUIRE(kept_in(directory.write("torn", zeroed)) == statements{relay_in(1)});
        REQUIRE(kept_in(directory.write("torn", flipped(whole, at))) == statements{relay_in(1)});
    }
}

TEST_CASE("damage before the last frame is an error and never a statement less") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    std::size_t before_last = 0;
    {
        signing_log log{file, cluster_named(1), owner};
        log.keep({relay_in(1)});
        log.keep({relay_in(2)});
        before_last = log.bytes();
        log.keep({relay_in(3)});
    }
    const auto whole = content_of(file);
    for (std::size_t at = 0; at < before_last; ++at) {
        CAPTURE(at);
        CHECK_THROWS(kept_in(directory.write("damaged", flipped(whole, at))));
    }
    CHECK_THROWS_WITH(kept_in(directory.write("damaged", flipped(whole, head_bytes + 20))),
                      Catch::Contains("damaged"));
}

TEST_CASE("another server's log, another cluster's and other files are refused") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    signing_log{file, cluster_named(1), owner}.keep({relay_in(1)});
    CHECK_THROWS_AS(signing_log(file, cluster_named(2), owner), wrong_log_error);
    CHECK_THROWS_WITH(signing_log(file, cluster_named(2), owner), Catch::Contains("another"));
    CHECK_THROWS_AS(signing_log(file, cluster_named(1), commander_id(1)), wrong_log_error);
    CHECK_THROWS_WITH(signing_log(file, cluster_named(1), commander_id(1)),
                      Catch::Contains("lieutenant-2, not of commander-2"));
    const auto other = directory.write("other", "id,flag\n");
    CHECK_THROWS_AS(signing_log(other, cluster_named(1), owner), wrong_log_error);
    CHECK(content_of(other) == "id,flag\n");
    CHECK_THROWS_AS(signing_log(directory.file("nowhere/log"), cluster_named(1), owner),
                    database_error);
    CHECK(kept_in(file) == statements{relay_in(1)});
}

TEST_CASE("a signing log is one server's at a time and nobody else's to read") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    signing_log log{file, cluster_named(1), owner, 0};
    CHECK_THROWS_WITH(signing_log(file, cluster_named(1), owner), Catch::Contains("in use"));
    log.keep({relay_in(1, 1'000)});
    log.drop(round_id{1});
    CHECK(log.bytes() == head_bytes);
    CHECK_THROWS_WITH(signing_log(file, cluster_named(1), owner), Catch::Contains("in use"));
    struct ::stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("a signing log stays small, and what it drops is covered by its floor") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    {
        signing_log log{file, cluster_named(1), owner, 10'000};
        for (std::uint64_t round = 1; round <= 120; ++round) {
            log.keep({relay_in(round, 1'000)});
            if (round > 4) {
                log.drop(round_id{round - 4});
            }
            REQUIRE(log.bytes() < 25'000);
        }
    }
    const auto past = signing_log{file, cluster_named(1), owner}.take_past();
    // Every round is below the floor or there, and none of the open ones is below it.
    REQUIRE(number_of(past.floor) > 90);
    REQUIRE(number_of(past.floor) <= 116);
    REQUIRE(past.statements.size() == 120 - number_of(past.floor));
    for (std::size_t i = 0; i < past.statements.size(); ++i) {
        CHECK(past.statements[i] == relay_in(number_of(past.floor) + 1 + i, 1'000));
    }
    CHECK(directory.files() == std::vector<std::string>{"log"});
}

TEST_CASE("a signing log that could not be written to keeps nothing more") {
    const temporary_directory directory;
    const auto file = directory.file("log");
    signing_log log{file, cluster_named(1), owner, 0};
    log.keep({relay_in(1, 1'000)});
    // A directory where the new file is to be: the old one can't be replaced.
    std::filesystem::create_directory(file + ".new");
    CHECK_THROWS_AS(log.drop(round_id{1}), database_error);
    CHECK_THROWS_WITH(log.keep({relay_in(2)}), Catch::Contains("failed before"));
}

TEST_CASE("a server's log lies under its name and gives what its machine starts from") {
    const temporary_directory directory;
    const std::filesystem::path place = directory.file("signed");
    {
        const auto opened = open_signing_log(place, cluster_named(1), owner);
        CHECK(opened.past->statements.empty());
        opened.keeper->keep({relay_in(1), relay_in(2), relay_in(3)});
        CHECK_THROWS_AS(open_signing_log(place, cluster_named(1), owner), database_error);
    }
    struct stat about {};
    REQUIRE(::stat(place.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0700);
    CHECK(std::filesystem::exists(place / "lieutenant-2.log"));
    CHECK(open_signing_log(place, cluster_named(1), owner).past->statements
          == statements{relay_in(1), relay_in(2), relay_in(3)});
    // What will never be asked for again is no burden, and stays forbidden.
    const auto later = open_signing_log(place, cluster_named(1), owner, round_id{2});
    CHECK(later.past->statements == statements{relay_in(3)});
    CHECK(later.past->floor == round_id{2});
    CHECK_THROWS_AS(open_signing_log(place / "no" / "where", cluster_named(1), owner),
                    database_error);
}

} // namespace byzgate::test
