/// The full inventory of a city's data sets, if BYZGATE_INVENTORY names its CSV file: 1,640 records
/// of which the 708 with the class `Open` are public.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "crypto/blake2b.hpp"
#include "tests/actors/played.hpp"
#include "tests/storage/workbench.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

/// RFC 4180 once more, a few lines that share nothing with what the import uses.
std::vector<std::vector<std::string>> rows_of(const std::string& text) {
    std::vector<std::vector<std::string>> rows{{""}};
    bool quoted = false;
    for (std::size_t i = text.starts_with("\xef\xbb\xbf") ? 3 : 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"') {
            rows.back().back() += text[++i];
        } else if (c == '"') {
            quoted = !quoted;
        } else if (quoted || (c != ',' && c != '\n' && c != '\r')) {
            rows.back().back() += c;
        } else if (c == ',') {
            rows.back().emplace_back();
        } else if (c == '\n') {
            rows.push_back({""});
        }
    }
    if (rows.back().size() == 1 && rows.back().front().empty()) {
        rows.pop_back();
    }
    return rows;
}

std::size_t column_of(const std::vector<std::string>& header, const std::string& name) {
    const auto at = std::find(header.begin(), header.end(), name);
    REQUIRE(at != header.end());
    return static_cast<std::size_t>(at - header.begin());
}

/// Imported once for all test cases; nothing where there is no inventory.
class inventory {
public:
    static const inventory* get() {
        static const auto one = make();
        if (!one) {
            WARN("skipped: BYZGATE_INVENTORY does not name the inventory's CSV file");
        }
        return one.get();
    }

    import_result imported;
    std::set<record_id> open;
    std::set<record_id> all;
    [[nodiscard]] std::string url() const { return "sqlite:" + dir_.file("inventory.db"); }

private:
    static std::unique_ptr<inventory> make() {
        const char* path = std::getenv("BYZGATE_INVENTORY");
        return path == nullptr || *path == '\0' ? nullptr
                                                : std::unique_ptr<inventory>{new inventory{path}};
    }
    explicit inventory(const std::string& path) {
        import_settings settings;
        settings.csv_path = path;
        settings.db_path = dir_.file("inventory.db");
        settings.id_column = "RECORD_ID";
        settings.flag_column = "DATASET_CLASSIFICATION_NAME";
        settings.public_values = {"Open"};
        imported = import_csv(settings);
        const auto rows = rows_of(content_of(path));
        const auto id = column_of(rows.front(), settings.id_column);
        const auto flag = column_of(rows.front(), settings.flag_column);
        for (std::size_t i = 1; i < rows.size(); ++i) {
            all.insert(rows[i].at(id));
            if (rows[i].at(flag) == "Open") {
                open.insert(rows[i].at(id));
            }
        }
    }
    temporary_directory dir_;
};

scenario on_inventory(const inventory& data, std::uint32_t commanders) {
    auto what = loyal_scenario(commanders, 3, 0);
    what.database.kind = database_kind::sqlite;
    what.database.url = data.url();
    what.rounds.batch = 100;
    return what;
}

struct outcome {
    run_result result;
    std::set<record_id> left;
};
outcome played(scenario what) {
    auto settings = settings_for(std::move(what));
    const auto sink = std::make_shared<collecting_sink>();
    settings.sink = sink;
    auto result = run(settings);
    CHECK(result.failures.empty());
    CHECK(result.totals.records == 1'640);
    CHECK(result.totals.released + result.totals.withheld == 1'640);
    return {std::move(result), sink->ids()};
}

} // namespace

TEST_CASE("the inventory is imported whole, with its public records", "[threads]") {
    if (const auto* data = inventory::get()) {
        CHECK(data->imported.records == 1'640);
        CHECK(data->imported.public_records == 708);
        CHECK(data->all.size() == 1'640);
        CHECK(data->open.size() == 708);
    }
}

TEST_CASE("loyal servers release exactly the open records of the inventory", "[threads]") {
    if (const auto* data = inventory::get()) {
        const auto commanders = GENERATE(1U, 2U, 3U);
        auto what = on_inventory(*data, commanders);
        what.rounds.batch = GENERATE(1U, 100U);
        const auto [result, left] = played(what);
        CHECK(left == data->open);
        CHECK(result.totals.released == 708);
        CHECK(result.totals.withheld == 932);
        CHECK(result.totals.denied == 0);
        CHECK_FALSE(result.promise_broken);
    }
}

TEST_CASE("a Byzantine commander alone lets confidential records of the inventory out",
          "[threads]") {
    if (const auto* data = inventory::get()) {
        auto what = on_inventory(*data, 1);
        what.byzantine.push_back({commander_id(0), "consistent_lie", {}, {}, 0});
        const auto [result, left] = played(what);
        CHECK(result.totals.leaked == 932);
        CHECK(result.totals.denied == 708);
        CHECK(result.promise_broken); // Exit code 3.
        for (const auto& id : left) {
            CHECK_FALSE(data->open.contains(id));
        }
    }
}

TEST_CASE("with two commanders no one Byzantine server gets anything of the inventory out",
          "[threads]") {
    const auto* data = inventory::get();
    if (data == nullptr) {
        return;
    }
    const auto total = GENERATE(1U, 2U);
    auto what = on_inventory(*data, 2);
    what.cluster.tolerate = {1, 1, total};
    // What is silent costs its rounds a few phases; short ones, and all rounds at once.
    set_phase(what, 30);
    what.cluster.window = 32;
    std::size_t tried = 0;
    for (const auto server : what.cluster.servers()) {
        for (const auto& known : known_behaviors()) {
            if (is_commander(server) ? !known.for_commanders : !known.for_lieutenants) {
                continue;
            }
            auto lying = what;
            lying.byzantine.push_back({server, std::string{known.name}, {}, {}, 0});
            INFO(known.name << " at " << to_string(server) << ", total " << total);
            const blake2b_digester digests;
            const seat at{server, lying.cluster, 1, &digests};
            try {
                validate_behavior(at, known.name, {});
            } catch (const behavior_error&) {
                continue; // It has no defaults, such as a script.
            }
            ++tried;
            const auto [result, left] = played(lying);
            CHECK(result.totals.leaked == 0);
            CHECK(result.totals.corrupted == 0);
            CHECK(std::includes(data->open.begin(), data->open.end(), left.begin(), left.end()));
            // With total = 1 a single report may convict, and that is safe only while loyal
            // messages come in time, which this short phase does not promise.
            CHECK((total == 1 || result.totals.framed == 0));
        }
    }
    CHECK(tried > 5 * 8);
}

TEST_CASE("a confidential payload under a public id of the inventory needs a lone commander",
          "[threads]") {
    const auto* data = inventory::get();
    if (data == nullptr) {
        return;
    }
    const auto commanders = GENERATE(1U, 2U);
    auto what = on_inventory(*data, commanders);
    what.byzantine.push_back({commander_id(0), "tampering", {}, {}, 0});
    const auto [result, left] = played(what);
    CHECK(result.totals.leaked == 0);
    if (commanders == 1) {
        CHECK(result.totals.corrupted == 708);
        CHECK(result.exposed());
    } else {
        CHECK(result.totals.corrupted == 0);
        CHECK(result.totals.denied == 708); // Withheld: two commanders contradict each other.
        CHECK_FALSE(result.promise_broken);
    }
}
