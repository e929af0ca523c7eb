/// The dashboard and the alerts speak of figures that there are.
#include <fstream>
#include <regex>
#include <set>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "actors/metrics.hpp"
#include "tests/temporary_directory.hpp"

using namespace byzgate;
using namespace byzgate::test;

namespace {

using names = std::set<std::string>;

const std::string packaging = std::string{BYZGATE_SOURCE_DIR} + "/packaging/";

names all_of(const std::string& text, const std::string& pattern) {
    names found;
    const std::regex wanted{pattern};
    for (std::sregex_iterator it{text.begin(), text.end(), wanted}, end; it != end; ++it) {
        found.insert((*it)[1]);
    }
    return found;
}

/// What a process with everything in it exports.
std::string whole_export() {
    cluster_parameters cluster;
    cluster.commanders = 2;
    cluster.lieutenants = 3;
    metrics figures(cluster);
    figures.on_certificate(supervisor_id, 1);
    link_status link;
    link.local = supervisor_id;
    link.peer = lieutenant_id(0);
    figures.watch({{{supervisor_id, std::make_shared<server_counters>()}},
                   [&] { return std::vector<link_status>{link}; },
                   [] {
                       return std::vector<queue_length>{{"client", 1}};
                   },
                   [] {
                       return std::vector<refusal_count>{{"certificate_revoked", 1}};
                   }});
    return figures.text();
}

names exported_names() {
    return all_of(whole_export(), "(?:^|\n)([a-z_]+)[{ ]");
}

std::vector<std::string> dashboard_queries() {
    std::vector<std::string> all;
    const auto board = nlohmann::json::parse(content_of(packaging + "grafana/byzgate.json"));
    for (const auto& panel : board["panels"]) {
        for (const auto& target : panel.value("targets", nlohmann::json::array())) {
            all.push_back(target["expr"]);
        }
    }
    return all;
}

std::vector<std::string> alert_queries() {
    const auto found =
        all_of(content_of(packaging + "prometheus/alerts.yml"), "\n +expr: ([^\n]+)");
    return {found.begin(), found.end()};
}

const std::string name_pattern = "((?:byzgate|process)_[a-z_]+)";

void check_queries(const std::vector<std::string>& queries) {
    const auto known = exported_names();
    const auto text = whole_export();
    auto labels = all_of(text, "[{,]([a-z]+)=\"");
    labels.insert({"le", "instance", "job"});
    for (const auto& query : queries) {
        INFO(query);
        for (const auto& name : all_of(query, name_pattern)) {
            INFO(name);
            CHECK(known.contains(name));
        }
        for (const auto& list : all_of(query, "by \\(([a-z, ]+)\\)")) {
            for (const auto& label : all_of(list, "([a-z]+)")) {
                CHECK(labels.contains(label));
            }
        }
        for (const auto& label : all_of(query, "[{,]([a-z]+)[=!]")) {
            CHECK(labels.contains(label));
        }
        CHECK(std::count(query.begin(), query.end(), '(')
              == std::count(query.begin(), query.end(), ')'));
    }
}

} // namespace

TEST_CASE("every figure and label of the dashboard is exported") {
    const auto queries = dashboard_queries();
    CHECK(queries.size() > 20);
    check_queries(queries);
}

TEST_CASE("every figure and label of the alerts is exported") {
    const auto queries = alert_queries();
    CHECK(queries.size() > 10);
    check_queries(queries);
}

TEST_CASE("the dashboard shows every figure that is exported") {
    std::string all;
    for (const auto& query : dashboard_queries()) {
        all += query + "\n";
    }
    for (const auto& name : all_of(whole_export(), "# TYPE ([a-z_]+) ")) {
        INFO(name);
        CHECK(all.find(name) != std::string::npos);
    }
}

TEST_CASE("the reasons that alerts single out are reasons of refusals") {
    names reasons;
    for (std::size_t i = 0; i < refusal_kinds; ++i) {
        reasons.insert(std::string{to_string(static_cast<refusal>(i))});
    }
    std::size_t seen = 0;
    for (const auto& query : alert_queries()) {
        for (const auto& list : all_of(query, "reason[!=~]+\"([^\"]+)\"")) {
            for (const auto& reason : all_of(list, "([a-z_]+)")) {
                CHECK(reasons.contains(reason));
                ++seen;
            }
        }
    }
    CHECK(seen >= 3);
}

TEST_CASE("the operations guide says of each alert what it means") {
    const auto guide = content_of(std::string{BYZGATE_SOURCE_DIR} + "/docs/operations.md");
    const auto alerts =
        all_of(content_of(packaging + "prometheus/alerts.yml"), "- alert: ([A-Za-z]+)");
    CHECK(alerts.size() > 10);
    for (const auto& alert : alerts) {
        INFO(alert);
        CHECK(guide.find("`" + alert + "`") != std::string::npos);
    }
}
