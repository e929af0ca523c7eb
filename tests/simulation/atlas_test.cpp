/// The atlas: what a row stands for, and that its verdicts and links follow from its counts.
#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "simulation/atlas.hpp"

using namespace byzgate;

namespace {

/// Seven generals alone take as long as all the others: the test of the committed files plays them.
std::vector<atlas_architecture> quick_architectures() {
    auto all = atlas_architectures();
    all.erase(std::remove_if(all.begin(), all.end(),
                             [](const auto& what) { return what.cluster.lieutenants > 4; }),
              all.end());
    return all;
}

const atlas& quick_atlas() {
    static const atlas made = [] {
        atlas_settings settings;
        settings.architectures = quick_architectures();
        return make_atlas(settings);
    }();
    return made;
}

const atlas_architecture& named(const std::string& name) {
    static const auto all = atlas_architectures();
    return *std::find_if(all.begin(), all.end(), [&](const auto& a) { return a.name == name; });
}

std::pair<std::uint32_t, std::uint32_t> roles_in(const std::vector<server_id>& set) {
    const auto commanders = std::count_if(set.begin(), set.end(), is_commander);
    return {static_cast<std::uint32_t>(commanders),
            static_cast<std::uint32_t>(set.size()) - static_cast<std::uint32_t>(commanders)};
}

} // namespace

TEST_CASE("every set of liars has the counts of the row that stands for it", "[atlas]") {
    for (const auto& section : quick_atlas().sections) {
        check_settings settings;
        settings.cluster = section.architecture.cluster;
        settings.faults = 2;
        settings.values = section.architecture.values;
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> sets;
        for (const auto& one : check(settings).cases) {
            const auto [bc, bl] = roles_in(one.byzantine);
            const auto& row = quick_atlas().at(section.architecture.name, {bc, bl});
            const auto& same = one.truth == flag::public_ ? row.public_ : row.confidential;
            INFO(section.architecture.name << ": " << bc << " + " << bl);
            CHECK(one.counts == same.counts);
            CHECK(one.explored == same.explored);
            CHECK(one.within_budget == same.within_budget);
            sets[{bc, bl}] += one.truth == flag::public_ ? 1 : 0;
        }
        CHECK(sets.size() == section.rows.size());
        for (const auto& row : section.rows) {
            CHECK(row.sets == sets[std::pair{row.liars.bc, row.liars.bl}]);
        }
    }
}

TEST_CASE("a single liar among seven generals counts the same whichever it is", "[atlas]") {
    check_settings settings;
    settings.cluster = named("seven-generals").cluster;
    settings.values = 2;
    settings.budget = 1 << 16;
    std::set<std::string> of_lieutenants;
    for (const auto& one : check(settings).cases) {
        if (roles_in(one.byzantine).second == 1) {
            of_lieutenants.insert(one.strategies.decimal());
            CHECK(one.counts.leaks + one.counts.denials == 0);
        }
    }
    CHECK(of_lieutenants.size() == 1);
}

TEST_CASE("every failure in the atlas has a counterexample, and nothing else has", "[atlas]") {
    for (const auto& section : quick_atlas().sections) {
        for (const auto& row : section.rows) {
            INFO(section.architecture.name << ": " << row.liars.bc << " + " << row.liars.bl);
            const auto& hidden = row.confidential.counts;
            const auto& open = row.public_.counts;
            const auto* leak = row.example(broken_property::leak);
            const auto* framing = row.example(broken_property::framing);
            const auto* denial = row.example(broken_property::denial);
            CHECK((leak != nullptr) == (hidden.leaks > 0));
            CHECK((framing != nullptr) == (hidden.framings + open.framings > 0));
            CHECK((denial != nullptr) == (open.denials > 0));
            CHECK((leak == nullptr || leak->outcome.leaked));
            CHECK((framing == nullptr || framing->outcome.framed));
            CHECK((denial == nullptr || denial->outcome.denied));
        }
    }
}

TEST_CASE("the verdict of a row is the worst that its counts show", "[atlas]") {
    std::set<atlas_verdict> seen;
    for (const auto& section : quick_atlas().sections) {
        for (const auto& row : section.rows) {
            const auto framings = row.confidential.counts.framings + row.public_.counts.framings;
            const auto expected = row.confidential.counts.leaks > 0 ? atlas_verdict::leaks
                                  : framings > 0                    ? atlas_verdict::frames
                                  : row.public_.counts.denials > 0  ? atlas_verdict::denies
                                                                    : atlas_verdict::survives;
            CHECK(row.verdict() == expected);
            seen.insert(row.verdict());
        }
    }
    CHECK(seen.size() == 4);
    CHECK(quick_atlas().promises_held());

    auto row = quick_atlas().at("single-3", {0, 1});
    row.confidential.broken_promises = {broken_property::leak};
    CHECK(row.verdict() == atlas_verdict::breaks_promise);
}

TEST_CASE("what the atlas says in words is in its rows", "[atlas]") {
    for (const auto& section : quick_atlas().sections) {
        const auto& name = section.architecture.name;
        const auto& cluster = section.architecture.cluster;
        INFO(name);
        const auto verdict = [&](std::uint32_t bc, std::uint32_t bl) {
            return quick_atlas().at(name, {bc, bl}).verdict();
        };
        CHECK(verdict(0, 0) == atlas_verdict::survives);
        CHECK(verdict(0, 1) == atlas_verdict::survives);
        CHECK(verdict(1, 0)
              == (cluster.commanders == 1   ? atlas_verdict::leaks
                  : cluster.commanders == 2 ? atlas_verdict::denies
                                            : atlas_verdict::survives));
        const bool is_signed = cluster.protocol == protocol_kind::signed_;
        const bool is_foiled =
            cluster.commanders == 2 && (is_signed || cluster.tolerate.total == 2);
        CHECK(verdict(1, 1)
              == (cluster.commanders == 3 ? atlas_verdict::survives
                  : is_foiled             ? atlas_verdict::denies
                                          : atlas_verdict::leaks));
        if (cluster.commanders > 1) {
            CHECK(verdict(2, 0) == atlas_verdict::leaks);
        }
        CHECK(verdict(0, 2)
              == (cluster.lieutenants == 3               ? atlas_verdict::leaks
                  : cluster.commanders == 1 || is_signed ? atlas_verdict::denies
                                                         : atlas_verdict::frames));
    }
}

TEST_CASE("what signed liars can do does not depend on how many faults are tolerated", "[atlas]") {
    check_settings settings;
    settings.cluster = named("dual-3-signed").cluster;
    settings.cluster.tolerate.total = 1;
    settings.faults = 2;
    for (const auto& one : check(settings).cases) {
        const auto [bc, bl] = roles_in(one.byzantine);
        const auto& row = quick_atlas().at("dual-3-signed", {bc, bl});
        CHECK(one.counts == (one.truth == flag::public_ ? row.public_ : row.confidential).counts);
    }
}

TEST_CASE("the atlas is the same whatever the number of jobs", "[atlas]") {
    atlas_settings settings;
    settings.architectures = {named("triple-4")};
    settings.jobs = 3;
    const auto many = make_atlas(settings);
    for (const auto& row : many.sections.at(0).rows) {
        const auto& one = quick_atlas().at("triple-4", row.liars);
        CHECK(row.confidential.counts == one.confidential.counts);
        CHECK(row.public_.counts == one.public_.counts);
        const auto* example = row.example(broken_property::denial);
        if (example != nullptr) {
            CHECK(format_counterexample(*example)
                  == format_counterexample(*one.example(broken_property::denial)));
        }
    }
}

TEST_CASE("asking the atlas for a row that it hasn't is an error", "[atlas]") {
    CHECK_THROWS_AS(quick_atlas().at("single-3", {2, 0}), std::out_of_range);
    CHECK_THROWS_AS(quick_atlas().at("quadruple-3", {0, 0}), std::out_of_range);
}
