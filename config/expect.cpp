#include "config/expect.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace byzgate {

namespace {

/// Every count that can be expected, under its name, in the order in which people read them.
template <class Visit>
void for_each_count(const expect_config& e, const observed& o, Visit visit) {
    visit("leaked", e.leaked, o.leaked);
    visit("corrupted", e.corrupted, o.corrupted);
    visit("released", e.released, o.released);
    visit("withheld", e.withheld, o.withheld);
    visit("denied", e.denied, o.denied);
    visit("unresolved", e.unresolved, o.unresolved);
    visit("framed", e.framed, o.framed);
    visit("disagreements", e.disagreements, o.disagreements);
}

std::string names_of(const std::vector<server_id>& servers) {
    std::string all;
    for (const auto server : servers) {
        all += all.empty() ? "" : " ";
        all += to_string(server);
    }
    return all.empty() ? "none" : all;
}

std::string to_string(const expected_convicted& e) {
    if (const auto* count = std::get_if<expected_count>(&e)) {
        return to_string(*count);
    }
    return names_of(std::get<std::vector<server_id>>(e));
}

bool holds(const expected_convicted& e, const std::vector<server_id>& convicted) {
    if (const auto* count = std::get_if<expected_count>(&e)) {
        return count->holds(convicted.size());
    }
    return std::get<std::vector<server_id>>(e) == convicted;
}

} // namespace

std::string to_string(const expected_count& e) {
    if (e == expected_count::none()) {
        return "none";
    }
    if (e == expected_count::some()) {
        return "some";
    }
    return e.least == e.most ? std::to_string(e.least) : fmt::format("{}..{}", e.least, e.most);
}

bool expect_config::empty() const noexcept {
    auto any = outcome.has_value() || convicted.has_value();
    for_each_count(*this, {}, [&](const char*, const auto& wanted, std::uint64_t) {
        any = any || wanted.has_value();
    });
    return !any;
}

std::string to_string(const expect_config& e) {
    std::string all;
    const auto add = [&](std::string_view name, std::string_view value) {
        all += fmt::format("{}{} {}", all.empty() ? "" : ", ", name, value);
    };
    if (e.outcome) {
        add("outcome", to_string(*e.outcome));
    }
    for_each_count(e, {}, [&](const char* name, const auto& wanted, std::uint64_t) {
        if (wanted) {
            add(name, to_string(*wanted));
        }
    });
    if (e.convicted) {
        add("convicted", to_string(*e.convicted));
    }
    return all;
}

std::vector<std::string> differences(const expect_config& expected, const observed& seen) {
    std::vector<std::string> all;
    const auto add = [&](std::string_view name, std::string_view wanted, std::string_view found) {
        all.push_back(fmt::format("{}: expected {}, observed {}", name, wanted, found));
    };
    if (expected.outcome && *expected.outcome != seen.outcome) {
        add("outcome", to_string(*expected.outcome), to_string(seen.outcome));
    }
    for_each_count(expected, seen, [&](const char* name, const auto& wanted, std::uint64_t found) {
        if (wanted && !wanted->holds(found)) {
            add(name, to_string(*wanted), to_string(expected_count::exactly(found)));
        }
    });
    auto convicted = seen.convicted;
    std::sort(convicted.begin(), convicted.end());
    if (expected.convicted && !holds(*expected.convicted, convicted)) {
        add("convicted", to_string(*expected.convicted), names_of(convicted));
    }
    return all;
}

} // namespace byzgate
