#include <catch2/catch.hpp>

#include <map>
#include <thread>

#include "crypto/blake2b.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// A database with a (public, "one") and b (confidential, "two"), and a stranger's connection.
struct stage {
    temporary_directory dir;
    std::string file = dir.file("t.db");
    plain_sql other{make()};
    std::unique_ptr<database> db = open_file(file);

    std::string make() const {
        const std::string csv = dir.write("t.csv", "id,class,text\na,Open,one\nb,Internal,two\n");
        import_csv(simple_import(csv, file));
        return file;
    }
};

known_version version(const char* name, flag says, const char* payload) {
    return {name, says, blake2b_digester().digest_of(payload)};
}

constexpr flag open_flag = flag::public_;
constexpr flag shut_flag = flag::confidential;

} // namespace

TEST_CASE_METHOD(stage, "a reclassification by plain SQL gives a new version") {
    other.run("UPDATE records SET flag = 'confidential' WHERE id = 'a'");
    CHECK(read_one(*db, "a") == record{"a", "2", shut_flag, "one"});
    CHECK(db->versions_of("a")
          == std::vector{version("2", shut_flag, "one"), version("1", open_flag, "one")});
    CHECK(read_one(*db, "b")->version == "1");
}

TEST_CASE_METHOD(stage, "a changed payload by plain SQL gives a new version") {
    other.run("UPDATE records SET payload = 'uno' WHERE id = 'a'");
    CHECK(db->versions_of("a")
          == std::vector{version("2", open_flag, "uno"), version("1", open_flag, "one")});
}

TEST_CASE_METHOD(stage, "changing back gives a third version, not the first again") {
    other.run("UPDATE records SET flag = 'confidential' WHERE id = 'a'");
    other.run("UPDATE records SET flag = 'public' WHERE id = 'a'");
    CHECK(db->versions_of("a")
          == std::vector{version("3", open_flag, "one"), version("2", shut_flag, "one"),
                         version("1", open_flag, "one")});
}

TEST_CASE_METHOD(stage, "a statement that changes nothing gives no version") {
    other.run("UPDATE records SET flag = flag, payload = payload, version = version");
    other.run("INSERT OR IGNORE INTO records (id, flag, payload) VALUES ('a', 'x', 'y')");
    other.run("INSERT INTO records (id, flag, payload) VALUES ('a', 'x', 'y') ON CONFLICT (id) DO "
              "UPDATE SET flag = flag");
    CHECK(read_one(*db, "a") == record{"a", "1", open_flag, "one"});
    CHECK(db->versions_of("a") == std::vector{version("1", open_flag, "one")});
}

TEST_CASE_METHOD(stage, "an upsert gives a new version") {
    other.run("INSERT INTO records (id, flag, payload) VALUES ('a', 'secret', 'one') ON CONFLICT "
              "(id) DO UPDATE SET flag = excluded.flag");
    CHECK(db->versions_of("a")
          == std::vector{version("2", shut_flag, "one"), version("1", open_flag, "one")});
}

TEST_CASE_METHOD(stage, "a deleted record's versions stay known, and none comes back") {
    other.run("DELETE FROM records WHERE id = 'a'");
    CHECK_FALSE(read_one(*db, "a"));
    CHECK(db->versions_of("a") == std::vector{version("1", open_flag, "one")});
    other.run("INSERT INTO records (id, flag, payload) VALUES ('a', 'public', 'new')");
    CHECK(db->versions_of("a")
          == std::vector{version("2", open_flag, "new"), version("1", open_flag, "one")});
}

TEST_CASE_METHOD(stage, "deleting everything at once keeps every version known") {
    other.run("DELETE FROM records");
    CHECK(db->count() == 0);
    CHECK(db->versions_of("a").size() == 1);
    CHECK(db->versions_of("b") == std::vector{version("1", shut_flag, "two")});
}

TEST_CASE_METHOD(stage, "a replaced record counts as changed, with or without recursive triggers") {
    const std::string recursive = GENERATE("ON", "OFF");
    other.run("PRAGMA recursive_triggers = " + recursive);
    other.run("REPLACE INTO records (id, version, flag, payload) VALUES ('a', 1, 'x', 'other')");
    CHECK(db->versions_of("a")
          == std::vector{version("2", shut_flag, "other"), version("1", open_flag, "one")});
    other.run("UPDATE records SET flag = 'public' WHERE id = 'a'");
    CHECK(read_one(*db, "a") == record{"a", "3", open_flag, "other"});
}

TEST_CASE_METHOD(stage, "a renamed record leaves its versions behind and begins anew") {
    other.run("UPDATE records SET payload = 'uno' WHERE id = 'a'");
    other.run("UPDATE records SET id = 'c' WHERE id = 'a'");
    CHECK(read_one(*db, "c") == record{"c", "1", open_flag, "uno"});
    CHECK(db->versions_of("a")
          == std::vector{version("2", open_flag, "uno"), version("1", open_flag, "one")});
    other.run("UPDATE records SET id = 'a' WHERE id = 'c'");
    CHECK(read_one(*db, "a")->version == "3");
}

TEST_CASE_METHOD(stage, "a rename onto another record pushes that one into the history") {
    other.run("UPDATE OR REPLACE records SET id = 'a' WHERE id = 'b'");
    CHECK(db->count() == 1);
    CHECK(db->versions_of("a")
          == std::vector{version("2", shut_flag, "two"), version("1", open_flag, "one")});
    CHECK(db->versions_of("b") == std::vector{version("1", shut_flag, "two")});
}

TEST_CASE_METHOD(stage, "nobody gives a record a version by hand") {
    CHECK(other.try_to("UPDATE records SET version = 7 WHERE id = 'a'").find("kept by triggers")
          != std::string::npos);
    other.run("UPDATE records SET version = 1, payload = 'uno' WHERE id = 'a'");
    CHECK(read_one(*db, "a")->version == "2");
    CHECK_FALSE(other.try_to("UPDATE records SET version = 1 WHERE id = 'a'").empty());
    other.run("INSERT INTO records VALUES ('c', 99, 'public', 'x')");
    CHECK(read_one(*db, "c")->version == "1");
    CHECK(db->versions_of("c").size() == 1);
}

TEST_CASE_METHOD(stage, "the history can't be rewritten") {
    other.run("UPDATE records SET flag = 'confidential'");
    CHECK_FALSE(other.try_to("DELETE FROM record_history").empty());
    CHECK_FALSE(other.try_to("UPDATE record_history SET flag = 'confidential'").empty());
    CHECK_FALSE(other.try_to("UPDATE record_history SET version = 9").empty());
    CHECK_FALSE(
        other.try_to("REPLACE INTO record_history VALUES ('a', 1, 'x', 'y', NULL)").empty());
    CHECK(db->versions_of("a").back() == version("1", open_flag, "one"));
}

TEST_CASE_METHOD(stage, "any flag but 'public' reads as confidential") {
    const std::string value = GENERATE("'Public'", "'PUBLIC'", "' public'", "'public '", "''",
                                       "NULL", "1", "x'7075626c6963'");
    other.run("UPDATE records SET flag = " + value);
    CHECK(read_one(*db, "a")->confidentiality == shut_flag);
    CHECK(db->versions_of("a").front().confidentiality == shut_flag);
}

TEST_CASE_METHOD(stage, "what a stranger rolled back never happened") {
    other.run("BEGIN; UPDATE records SET flag = 'public', payload = 'x'; DELETE FROM records");
    CHECK(read_one(*db, "b") == record{"b", "1", shut_flag, "two"});
    other.run("ROLLBACK");
    CHECK(read_one(*db, "b") == record{"b", "1", shut_flag, "two"});
    CHECK(db->versions_of("b").size() == 1);
}

TEST_CASE_METHOD(stage, "random changes never bring a version back") {
    // The oracle: what each (id, version) held when a reader saw it for the first time.
    std::map<std::pair<record_id, version_id>, std::pair<flag, std::string>> seen;
    other.run("PRAGMA synchronous = OFF");
    std::uint32_t state = 1;
    const auto draw = [&](std::uint32_t below) {
        state = state * 1'664'525U + 1'013'904'223U;
        return (state >> 16) % below;
    };
    const std::vector<record_id> ids = {"a", "b", "c"};
    for (int i = 0; i < 2'000; ++i) {
        const std::string id = "'" + ids[draw(3)] + "'";
        const std::string to = "'" + ids[draw(3)] + "'";
        const std::string says = draw(2) == 0 ? "'public'" : "'confidential'";
        const std::string text = "'" + std::to_string(draw(3)) + "'";
        const std::vector<std::string> statements = {
            "UPDATE records SET flag = " + says + " WHERE id = " + id,
            "UPDATE records SET payload = " + text + " WHERE id = " + id,
            "DELETE FROM records WHERE id = " + id,
            "INSERT OR IGNORE INTO records (id, flag, payload) VALUES (" + id + ", " + says + ", "
                + text + ")",
            "REPLACE INTO records (id, flag, payload) VALUES (" + id + ", " + says + ", " + text
                + ")",
            "UPDATE OR REPLACE records SET id = " + to + " WHERE id = " + id,
            "PRAGMA recursive_triggers = " + std::string(draw(2) == 0 ? "ON" : "OFF"),
        };
        other.run(statements[draw(static_cast<std::uint32_t>(statements.size()))]);
        for (const auto& found : db->read(ids)) {
            if (!found) {
                continue;
            }
            const auto content = std::pair(found->confidentiality, found->payload);
            const auto [at, fresh] = seen.emplace(std::pair(found->id, found->version), content);
            REQUIRE(at->second == content);
        }
    }
    CHECK(seen.size() > 300);
    for (const auto& [key, content] : seen) {
        const auto known = db->versions_of(key.first);
        const known_version wanted{key.second, content.first,
                                   blake2b_digester().digest_of(content.second)};
        REQUIRE(std::count(known.begin(), known.end(), wanted) == 1);
    }
}

TEST_CASE_METHOD(stage, "a file that lost a trigger is not relied upon") {
    other.run("DROP TRIGGER records_keep_updated");
    CHECK(message_of<database_error>([&] { open_file(file); }).find("was dropped")
          != std::string::npos);
}

TEST_CASE_METHOD(stage, "a file of a later version is refused") {
    other.run("PRAGMA user_version = 2");
    CHECK(message_of<database_error>([&] { open_file(file); }).find("another version of byzgate")
          != std::string::npos);
}

TEST_CASE_METHOD(stage, "a reader beside a writer never sees one version with two contents") {
    constexpr int changes = 300;
    std::thread writer([file = file] {
        plain_sql sql(file);
        sql.run("PRAGMA busy_timeout = 10000; PRAGMA synchronous = OFF");
        for (int i = 0; i < changes; ++i) {
            sql.run("UPDATE records SET flag = iif(flag = 'public', 'shut', 'public'), payload = '"
                    + std::to_string(i) + "' WHERE id = 'a'");
        }
    });
    database_settings settings = sqlite_settings(file);
    settings.busy_timeout_ms = 10'000;
    const auto reader = open_database(settings);
    std::map<version_id, record> seen;
    std::size_t different = 0;
    const version_id last = std::to_string(changes + 1);
    while (seen.count(last) == 0) {
        const auto both = reader->read({"a", "a"});
        const auto [at, fresh] = seen.emplace(both[0]->version, *both[0]);
        different += at->second != *both[0] || both[0] != both[1] ? 1 : 0;
    }
    writer.join();
    CHECK(different == 0);
    CHECK(reader->versions_of("a").size() == changes + 1);
}
