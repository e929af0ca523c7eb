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
#include "protocol/wire.hpp"
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

template <class T>
std::shared_ptr<const T> shared(T of) {
    return std::make_shared<const T>(std::move(of));
}

/// What only a signed cluster sends. Signatures don't matter here: no decoder checks them.
void put_signed_messages(const seeds& to) {
    const auto of = sample::certificate();
    const auto proof = shared(sample::same_place());
    const auto seal = shared(batch_seal{});
    const auto claims = make_claim_batch({of.claims.front().what, claim{}});
    const relay_link link{lieutenant_id(0), 1, {{commander_id(0), of.payload_digest}}, {}};
    const auto own = shared(link);
    const auto payloads = shared(std::vector<std::string>{"payload"});
    const released_record out{of.record, of.version,         of.payload_digest,
                              "payload", {lieutenant_id(0)}, shared(of)};
    accusation accused{commander_id(1), 1, true, {claim{}, {}}, {claim{}, {}}, proof};
    accused.first.reporters = {lieutenant_id(0), lieutenant_id(1)};
    const std::vector<message> all{
        round_request{
            of.round, 0, shared(std::vector<record_id>{"a", "b"}), {commander_id(1)}, {proof}},
        distribution{of.round, 0, claims, payloads, seal},
        signed_relay{of.round, 0, 1, {{commander_id(0), claims, seal, {own}}}, own},
        vote{of.round, 0, shared(std::vector{of.votes.front().what, verdict{}}), {accused}, seal},
        payload_reply{of.round,
                      0,
                      {0},
                      payloads,
                      shared(release_grounds{{{commander_id(0), claims, seal}}, {proof}})},
        delivery{of.round, 0, shared(std::vector{out})}};
    for (const auto& m : all) {
        BYZGATE_ASSERT(decode_message(encode(m), limits{}));
        to.put("message", "signed-" + std::string{kind_of(m)}, encode(m));
    }
}

/// A short trace for each kind of event in a long one, and each kind of message out of it.
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
            to.put("message", name, encode(sent->what));
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
    put_signed_messages(to);
    put_traces(to, arguments[2]);
    return 0;
}
