#include <catch2/catch.hpp>

#include "crypto/blake2b.hpp"
#include "storage/ledger.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;
using Catch::Matchers::Contains;

namespace {

ledger_row release(const record_id& id, const version_id& version = "1", std::uint64_t round = 1) {
    ledger_row row;
    row.record = id;
    row.version = version;
    row.payload_digest = blake2b_digester{}.digest_of("payload of " + id);
    row.round = round_id{round};
    row.certificate = "certificate of " + id;
    return row;
}

/// A ledger of three rows, and somebody else's connection.
struct stage {
    temporary_directory dir;
    std::string file = dir.file("ledger.db");
    release_ledger ledger{file};
    plain_sql other{file};

    stage() { ledger.append({release("a"), release("b", "2"), release("c")}); }

    [[nodiscard]] std::vector<ledger_row> rows() const {
        std::vector<ledger_row> all;
        ledger.for_each([&](const ledger_row& row) {
            all.push_back(row);
            return true;
        });
        return all;
    }
    void tamper(const std::string& sql) { other.run_past_triggers(sql); }
};

} // namespace

TEST_CASE_METHOD(stage, "what is appended is read back, numbered and chained") {
    const auto all = rows();
    REQUIRE(all.size() == 3);
    CHECK(all[0].sequence == 1);
    CHECK(all[0].previous == digest{});
    CHECK(all[1].record == "b");
    CHECK(all[1].version == "2");
    CHECK(all[1].payload_digest == release("b").payload_digest);
    CHECK(all[1].certificate == "certificate of b");
    CHECK(all[1].recipient == external_party_id);
    CHECK(all[1].previous == all[0].hash);
    CHECK(all[2].hash == hash_of(all[2]));
    CHECK(ledger.head().rows == 3);
    CHECK(ledger.head().hash == all[2].hash);
    CHECK_FALSE(ledger.check());
}

TEST_CASE_METHOD(stage, "a ledger that was closed goes on where it ended") {
    const auto before = rows();
    {
        release_ledger again{file};
        CHECK(again.append({release("d", "1", 9)}) == std::vector{ledger_entry::appended});
    }
    const auto all = rows();
    REQUIRE(all.size() == 4);
    CHECK(std::equal(before.begin(), before.end(), all.begin()));
    CHECK(all[3].previous == before[2].hash);
    CHECK(all[3].round == round_id{9});
    CHECK_FALSE(ledger.check());
}

TEST_CASE_METHOD(stage, "a version that is there is not appended again, another version is") {
    CHECK(ledger.append({release("a"), release("a", "2"), release("a", "2")})
          == std::vector{ledger_entry::pending, ledger_entry::appended, ledger_entry::pending});
    CHECK(ledger.head().rows == 4);
}

TEST_CASE_METHOD(stage, "what the recipient has is told from what nobody knows to have come") {
    ledger.append({}, {release("a"), release("c")});
    const auto open = ledger.pending();
    REQUIRE(open.size() == 1);
    CHECK(open[0].record == "b");
    CHECK(ledger.append({release("a"), release("b", "2")})
          == std::vector{ledger_entry::received, ledger_entry::pending});
    ledger.append({}, {release("a"), release("b", "2")});
    CHECK(ledger.pending().empty());
}

TEST_CASE_METHOD(stage, "rows can be neither changed nor deleted nor replaced by plain SQL") {
    CHECK_THAT(other.try_to("UPDATE releases SET version = '9'"), Contains("do not change"));
    CHECK_THAT(other.try_to("DELETE FROM releases WHERE sequence = 3"), Contains("only grow"));
    CHECK_THAT(other.try_to("REPLACE INTO releases SELECT * FROM releases WHERE sequence = 3"),
               Contains("already"));
    CHECK_THAT(other.try_to("REPLACE INTO releases SELECT 9, record, version, payload_digest, "
                            "recipient, round, level, certificate, previous, hash FROM releases "
                            "WHERE sequence = 3"),
               Contains("already"));
    ledger.append({}, {release("a")});
    CHECK_THAT(other.try_to("DELETE FROM receipts"), Contains("only grow"));
    CHECK(rows().size() == 3);
    CHECK_FALSE(ledger.check());
}

TEST_CASE_METHOD(stage, "any column that was changed shows, with its row") {
    const std::string change = GENERATE(
        as<std::string>{}, "record = 'x'", "version = '7'", "payload_digest = zeroblob(32)",
        "recipient = 'lieutenant-1'", "round = 2", "level = 1", "certificate = x'00'",
        "hash = zeroblob(32)", "payload_digest = x'00'", "recipient = 'nobody'", "level = -1");
    tamper("UPDATE releases SET " + change + " WHERE sequence = 2");
    const auto fault = ledger.check();
    REQUIRE(fault);
    CHECK(fault->sequence == 2);
}

TEST_CASE_METHOD(stage, "a row taken out or put in shows") {
    SECTION("out of the middle") {
        tamper("DELETE FROM releases WHERE sequence = 2");
    }
    SECTION("out of the middle, those behind moved up") {
        tamper("DELETE FROM releases WHERE sequence = 2;"
               "UPDATE releases SET sequence = 2 WHERE sequence = 3");
    }
    SECTION("two exchanged") {
        tamper("UPDATE releases SET sequence = 9 WHERE sequence = 2;"
               "UPDATE releases SET sequence = 2 WHERE sequence = 3;"
               "UPDATE releases SET sequence = 3 WHERE sequence = 9");
    }
    const auto fault = ledger.check();
    REQUIRE(fault);
    CHECK(fault->sequence == 2);
}

TEST_CASE_METHOD(stage, "a text that was turned into a blob of the same bytes shows") {
    const std::string column = GENERATE("record", "version", "recipient");
    INFO(column);
    tamper("UPDATE releases SET " + column + " = CAST(" + column + " AS BLOB) WHERE sequence = 2");
    const auto fault = ledger.check();
    REQUIRE(fault);
    CHECK(fault->sequence == 2);
    CHECK_THROWS_WITH(release_ledger{file}, Contains("row 2"));
}

TEST_CASE_METHOD(stage, "receipts for rows that aren't there show, and nothing is added") {
    SECTION("the last row was cut off") {
        ledger.append({}, {release("c")});
        tamper("DELETE FROM releases WHERE sequence = 3");
        CHECK(ledger.check()->sequence == 3);
    }
    SECTION("one was made up") {
        other.run("INSERT INTO receipts VALUES (99)");
        CHECK(ledger.check()->sequence == 99);
    }
    CHECK_THROWS_WITH(release_ledger{file}, Contains("receipt"));
}

TEST_CASE_METHOD(stage, "a trigger that does something else, and one more than ours, are faults") {
    SECTION("another body") {
        other.run("DROP TRIGGER receipts_only_grow;"
                  "CREATE TRIGGER receipts_only_grow BEFORE DELETE ON receipts "
                  "BEGIN SELECT 1; END;");
    }
    SECTION("one more") {
        other.run("CREATE TRIGGER more AFTER INSERT ON releases BEGIN "
                  "INSERT INTO receipts VALUES (NEW.sequence); END;");
    }
    SECTION("one more, by a name that SQLite keeps for itself") {
        other.run("CREATE TRIGGER more AFTER INSERT ON releases BEGIN "
                  "INSERT INTO receipts VALUES (NEW.sequence); END;"
                  "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET name = 'sqlite_stat1', "
                  "sql = replace(sql, 'TRIGGER more', 'TRIGGER sqlite_stat1') WHERE name = 'more'");
        CHECK(other.value("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'") == "1");
    }
    const auto fault = ledger.check();
    REQUIRE(fault);
    CHECK_THAT(fault->what, Contains("trigger"));
    CHECK_THROWS_WITH(release_ledger{file}, Contains("trigger"));
}

TEST_CASE("a new ledger is one without its journal") {
    const temporary_directory dir;
    const auto file = dir.file("ledger.db");
    release_ledger ledger{file};
    ledger.append({release("a")});
    const auto alone = dir.file("alone.db"); // As if killed, and the journal lost.
    std::filesystem::copy_file(file, alone);
    CHECK(plain_sql{alone}.value("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'")
          == "5");
    CHECK_FALSE(release_ledger{alone, sqlite_access::read_only}.check());
}

TEST_CASE_METHOD(stage, "what statistics leave in a ledger is no fault") {
    other.run("ANALYZE");
    CHECK_FALSE(ledger.check());
    CHECK_NOTHROW(release_ledger{file});
}

TEST_CASE_METHOD(stage, "a ledger is checked as it was when that began, whatever is added") {
    const release_ledger reader{file, sqlite_access::read_only};
    std::vector<std::string> seen;
    const auto look = [&](const ledger_row& row) {
        seen.push_back(row.record);
        const auto more = release("more " + row.record);
        ledger.append({more}, {more});
        return true;
    };
    CHECK_FALSE(reader.check(look));
    CHECK(seen == std::vector<std::string>{"a", "b", "c"});
    // One that is wrong behind the rows is found however many are added meanwhile.
    tamper("INSERT INTO receipts VALUES (4711)");
    CHECK(reader.check([&](const ledger_row& row) {
        ledger.append({release("again " + row.record)});
        return true;
    }));
}

TEST_CASE_METHOD(stage, "an index that differs from its table is a fault") {
    // As if the index's pages had been changed in the file: the row is there, and looked up in
    // vain.
    other.run("PRAGMA writable_schema = ON;"
              "CREATE TABLE elsewhere (recipient TEXT, record TEXT, version TEXT,"
              " UNIQUE (recipient, record, version));"
              "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema"
              " WHERE name = 'sqlite_autoindex_elsewhere_1')"
              " WHERE name = 'sqlite_autoindex_releases_1';"
              "DELETE FROM sqlite_schema WHERE tbl_name = 'elsewhere';");
    const release_ledger again{file, sqlite_access::read_only};
    const auto fault = again.check();
    REQUIRE(fault);
    CHECK_THAT(fault->what, Contains("damaged"));
}

TEST_CASE_METHOD(stage, "what was cut off at the end shows against a head noted before") {
    const auto noted = ledger.head();
    tamper("DELETE FROM releases WHERE sequence = 3");
    CHECK_FALSE(ledger.check());
    CHECK(ledger.head().rows < noted.rows);
}

TEST_CASE_METHOD(stage, "a ledger without its triggers is a fault, and nothing is added to it") {
    other.run("DROP TRIGGER releases_only_grow");
    const auto fault = ledger.check();
    REQUIRE(fault);
    CHECK(fault->sequence == 0);
    CHECK_THAT(message_of<database_error>([&] { release_ledger{file}; }),
               Contains("ledger.db") && Contains("dropped"));
}

TEST_CASE_METHOD(stage,
                 "nothing is added to a ledger that lost a row or has a bad one at its end") {
    std::string says;
    SECTION("a row was taken out") {
        tamper("DELETE FROM releases WHERE sequence = 2");
        says = "some are missing";
    }
    SECTION("a row was changed") {
        tamper("UPDATE releases SET payload_digest = zeroblob(32) WHERE sequence = 1");
        says = "row 1 was changed";
    }
    SECTION("the last row has another hash") {
        tamper("UPDATE releases SET hash = zeroblob(32) WHERE sequence = 3");
        says = "row 3 was changed";
    }
    SECTION("the last row has no hash") {
        tamper("UPDATE releases SET hash = x'' WHERE sequence = 3");
        says = "row 3 has no hash";
    }
    CHECK_THAT(message_of<database_error>([&] { release_ledger again{file}; }), Contains(says));
}

TEST_CASE_METHOD(stage, "of a long ledger the end is looked at before rows are added") {
    std::vector<ledger_row> many;
    for (int i = 0; i < 1'500; ++i) {
        many.push_back(release("many-" + std::to_string(i)));
    }
    ledger.append(many);
    CHECK_NOTHROW(release_ledger{file});
    tamper("UPDATE releases SET version = '9' WHERE sequence = 600");
    CHECK_THAT(message_of<database_error>([&] { release_ledger again{file}; }),
               Contains("row 600 was changed"));
}

TEST_CASE("reading a ledger that no run has open takes its file and leaves nothing beside it") {
    const temporary_directory dir;
    const auto file = dir.file("100% of #1?.db");
    release_ledger{file}.append({release("a")});
    REQUIRE(dir.files().size() == 1);
    const release_ledger read{file, sqlite_access::read_only};
    CHECK_FALSE(read.check());
    CHECK(read.head().rows == 1);
    CHECK(dir.files().size() == 1);
}

TEST_CASE_METHOD(stage, "a ledger that a run has open is read with what the run wrote last") {
    const release_ledger read{file, sqlite_access::read_only};
    CHECK(read.head().rows == 3);
    ledger.append({release("d")});
    CHECK(read.head().rows == 4);
}

TEST_CASE("a ledger that can't be read is told with a cure of its own") {
    const temporary_directory dir;
    const auto told = [&](const std::string& file) {
        return message_of<database_error>([&] {
            const release_ledger ledger{file, sqlite_access::read_only};
            static_cast<void>(ledger.check());
        });
    };
    const auto missing = told(dir.file("none.db"));
    CHECK_THAT(missing, Contains("[state] directory") && !Contains("import"));
    const auto garbage = told(dir.write("garbage.db", std::string(8'192, 'x')));
    CHECK_THAT(garbage, Contains("[state] directory") && !Contains("import"));
    const auto file = dir.file("ledger.db");
    release_ledger{file}.append({release("a")});
    auto bytes = content_of(file);
    for (std::size_t page = 1; page * 4'096 < bytes.size(); ++page) {
        bytes.replace(page * 4'096, 100, 100, 'x');
    }
    dir.write("ledger.db", bytes);
    CHECK_THAT(told(file), Contains("damaged") && Contains("backup") && !Contains("import"));
}

TEST_CASE("another database is no ledger") {
    temporary_directory dir;
    const auto file = dir.file("other.db");
    plain_sql{file}.run("CREATE TABLE mine (x)");
    CHECK_THAT(message_of<database_error>([&] { release_ledger{file}; }),
               Contains("no release ledger"));
    const release_ledger reading{file, sqlite_access::read_only};
    CHECK(reading.check());
    CHECK_THROWS_AS((release_ledger{dir.file("none.db"), sqlite_access::read_only}),
                    database_error);
    CHECK_FALSE(std::filesystem::exists(dir.file("none.db")));
}

TEST_CASE_METHOD(stage, "numbers and texts by name outlive the ledger's object") {
    CHECK_FALSE(ledger.number("rounds"));
    ledger.set_number("rounds", 12);
    ledger.set_number("rounds", 4'096);
    ledger.set_text("database", "memory:");
    const release_ledger again{file, sqlite_access::read_only};
    CHECK(again.number("rounds") == 4'096);
    CHECK(again.text("database") == "memory:");
    CHECK_FALSE(again.text("nothing"));
}

TEST_CASE_METHOD(stage, "no payload is in the ledger") {
    plain_sql look{file};
    CHECK(look.value("PRAGMA journal_mode") == "wal");
    CHECK(content_of(file).find("payload of a") == std::string::npos);
    CHECK(content_of(file + "-wal").find("payload of a") == std::string::npos);
}
