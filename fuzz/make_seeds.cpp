// Writes what some fuzzers begin with, below the directory that is named: what the program itself
// writes, so that no seed is older than its format.
//
//     byzgate_make_seeds DIRECTORY GOLDEN_TRACE
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "crypto/key_files.hpp"
#include "fuzz/sample.hpp"
#include "protocol/assert.hpp"
#include "report/evidence_json.hpp"
#include "report/trace.hpp"

using namespace byzgate;

namespace {

namespace fs = std::filesystem;

class seeds {
public:
    explicit seeds(fs::path directory) : directory_(std::move(directory)) {}

    void put(const char* fuzzer, const std::string& name, const std::string& content) const {
        fs::create_directories(directory_ / fuzzer);
        std::ofstream out{directory_ / fuzzer / name, std::ios::binary | std::ios::trunc};
        out << content;
        out.close();
        BYZGATE_ASSERT(out.good());
    }

private:
    fs::path directory_;
};

void put_bundles(const seeds& to) {
    for (const auto& [name, of] : {std::pair{"both", sample::certificate()},
                                   std::pair{"convicting", sample::convicting_certificate()}}) {
        checked_signatures none;
        BYZGATE_ASSERT(!fault_in(of, sample::cluster(), sample::keys(), sample::digests(), none));
        to.put("certificate", name, encode(of));
    }
    for (const auto& [name, found] : {std::pair{"same-place", sample::same_place()},
                                      std::pair{"same-version", sample::same_version()}}) {
        BYZGATE_ASSERT(conflict_in(found, sample::keys(), sample::digests()).proves);
        to.put("evidence", name, encode(found));
        to.put("evidence_json", name, write_evidence(found, sample::keys().cluster));
    }
}

void put_keys(const seeds& to) {
    const auto keys = keys_from_run_seed("sample", sample::cluster(), 1);
    to.put("key_file", "cluster", format_public_keys(keys.all));
    for (const auto id : {commander_id(0), supervisor_id, external_party_id}) {
        to.put("key_file", to_string(id), format_private_key_file(keys.own.at(id)));
    }
}

std::string kind_in(const trace_event& event) {
    const auto* sent = std::get_if<sent_event>(&event.what);
    return sent != nullptr ? std::string{kind_of(sent->what)} : "closed";
}

/// A short trace for each kind of event in a long one, and one of a whole round.
void put_traces(const seeds& to, const char* golden) {
    std::ifstream in{golden, std::ios::binary};
    auto whole = read_trace(in);
    whole.header.config.clear();
    std::set<std::string> done;
    for (const auto& event : whole.events) {
        const auto name = kind_in(event);
        if (std::holds_alternative<refused_event>(event.what) || !done.insert(name).second) {
            continue;
        }
        std::ostringstream out;
        trace_writer writer{out, whole.header};
        if (const auto* sent = std::get_if<sent_event>(&event.what)) {
            writer.sent(event.at, sent->from, sent->to, sent->what, sent->lost);
        } else if (const auto* closed = std::get_if<closed_event>(&event.what)) {
            writer.closed(event.at, closed->round, closed->truths);
        }
        writer.finish(whole.summary);
        to.put("trace", name, out.str());
    }
}

} // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::fputs("usage: byzgate_make_seeds DIRECTORY GOLDEN_TRACE\n", stderr);
        return 2;
    }
    const seeds to{arguments[1]};
    put_bundles(to);
    put_keys(to);
    put_traces(to, arguments[2]);
    return 0;
}
