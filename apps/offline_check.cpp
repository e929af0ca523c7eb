#include "apps/offline_check.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/common.hpp"
#include "config/parse.hpp"
#include "crypto/base64.hpp"
#include "crypto/key_files.hpp"
#include "crypto/sealing.hpp"
#include "report/evidence_json.hpp"

namespace byzgate {

namespace fs = std::filesystem;

namespace {

std::string words_for(uncertified fault) {
    switch (fault) {
        case uncertified::wrong_recipient:
            return "the certificate is made out to another recipient than the external party";
        case uncertified::too_few_votes:
            return "fewer lieutenants than a quorum signed the release";
        case uncertified::too_few_claims:
            return "it rests on too few public claims signed by commanders";
        case uncertified::over_budget:
            return "it convicts more commanders than the cluster is meant to survive";
        case uncertified::bad_vote:
            return "a vote in it is not a lieutenant's for just this release";
        case uncertified::bad_claim:
            return "a claim in it is not a commander's public one about just this version";
        case uncertified::bad_conviction:
            return "evidence in it does not prove that a commander lied";
        case uncertified::bad_vote_signature:
            return "a lieutenant's signature in it is not good under these keys";
        case uncertified::bad_claim_signature:
            return "a commander's signature in it is not good under these keys";
    }
    return "?";
}

known_cluster load(const fs::path& keys, const std::string& config) {
    known_cluster found{keys, load_public_keys(keys), std::nullopt, {}, {}};
    const auto beside = keys.parent_path() / cluster_numbers_file_name;
    if (!config.empty()) {
        found.numbers = load_scenario(config).cluster;
        found.numbers_file = config;
    } else if (fs::exists(beside)) {
        found.numbers = load_cluster(beside);
        found.numbers_file = beside;
    }
    if (found.numbers) {
        expect_keys_of(found.keys, *found.numbers, keys.string());
    }
    return found;
}

} // namespace

/// A released line, taken apart.
struct released_line {
    record_id id;
    version_id version;
    std::string payload;
    round_id round{};
    std::vector<server_id> voters;
    std::optional<release_certificate> certificate;
    std::optional<std::string> opening; ///< of a sealed payload
};

namespace {

/// One object, flat, every field once: two of one name would tell two readers two things.
nlohmann::json parse_line(const std::string& line) {
    std::vector<std::string> names;
    bool twice = false;
    const auto see = [&](int depth, nlohmann::json::parse_event_t what, nlohmann::json& value) {
        if (what == nlohmann::json::parse_event_t::key && depth == 1) {
            auto name = value.get<std::string>();
            twice = twice || std::find(names.begin(), names.end(), name) != names.end();
            names.push_back(std::move(name));
        }
        return depth < 4;
    };
    auto value = nlohmann::json::parse(line, see, false);
    return twice || !value.is_object() ? nlohmann::json(nlohmann::json::value_t::discarded) : value;
}

std::optional<std::string> text_at(const nlohmann::json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) {
        return std::nullopt;
    }
    return found->get<std::string>();
}

std::optional<std::vector<server_id>> voters_of(const nlohmann::json& object) {
    const auto named = object.find("voters");
    if (named == object.end() || !named->is_array()) {
        return std::nullopt;
    }
    std::vector<server_id> voters;
    for (const auto& name : *named) {
        const auto id = name.is_string() ? parse_server_id(name.get<std::string>()) : std::nullopt;
        if (!id || (!voters.empty() && !(voters.back() < *id))) {
            return std::nullopt;
        }
        voters.push_back(*id);
    }
    return voters;
}

/// Fills in `into`, or says what is wrong with the line.
std::optional<std::string> take_apart(const std::string& line, released_line& into) {
    const auto object = parse_line(line);
    if (object.is_discarded()) {
        return "it is no JSON object with every field once";
    }
    const auto id = text_at(object, "id");
    const auto version = text_at(object, "version");
    auto payload = text_at(object, "payload");
    if (const auto binary = text_at(object, "payload_base64"); binary && !payload) {
        payload = from_base64(*binary);
    }
    const auto round = object.find("round");
    auto voters = voters_of(object);
    if (!id || !version || !payload || !voters || round == object.end()
        || !round->is_number_unsigned()) {
        return "it is not a released record: id, version, payload, round or voters is not there "
               "or not as it should be";
    }
    const auto certificate = text_at(object, "certificate");
    if (!certificate) {
        return "it has no certificate; in an oral cluster nobody signs";
    }
    const auto opening = text_at(object, "opening");
    if (object.size() != (opening ? 7 : 6)) {
        return "it has a field that no certificate covers";
    }
    if (opening) {
        into.opening = from_base64(*opening);
        if (!into.opening) {
            return "its opening is damaged: it is no base64";
        }
    }
    const auto bytes = from_base64(*certificate);
    into.certificate = bytes ? decode_certificate(*bytes) : std::nullopt;
    if (!into.certificate) {
        return "its certificate is damaged: these are not the bytes of one";
    }
    into.id = *id;
    into.version = *version;
    into.payload = std::move(*payload);
    into.round = round_id{round->get<std::uint64_t>()};
    into.voters = std::move(*voters);
    return std::nullopt;
}

/// What is signed names the cluster's keys and numbers alike: who checks with other numbers finds
/// no signature good, of whoever's keys.
std::string or_other_numbers(std::string what, const known_cluster& cluster) {
    if (!cluster.numbers) {
        return what;
    }
    return fmt::format("{}, or {} holds other numbers than the cluster had (--config names a "
                       "configuration with its own)",
                       what, cluster.numbers_file.string());
}

} // namespace

std::optional<known_cluster> find_cluster(const cluster_options& options, const fs::path& file) {
    const auto file_of = [](const fs::path& named) {
        return fs::is_directory(named) ? named / cluster_key_file_name : named;
    };
    if (!options.keys.empty()) {
        auto found = load(file_of(options.keys.front()), options.config);
        for (std::size_t i = 1; i < options.keys.size(); ++i) {
            found.others.push_back(load(file_of(options.keys[i]), {}));
        }
        return found;
    }
    const auto folder = fs::absolute(file).parent_path();
    for (const auto& place : {folder, folder.parent_path()}) {
        for (const auto& keys :
             {place / cluster_key_file_name, place / "keys" / cluster_key_file_name}) {
            if (fs::exists(keys)) {
                return load(keys, options.config);
            }
        }
    }
    return std::nullopt;
}

offline_check::offline_check(known_cluster cluster) : cluster_(std::move(cluster)) {
    signing_.all = std::make_shared<const ed25519_key_ring>(cluster_.keys.servers);
    if (cluster_.numbers) {
        signing_.cluster = cluster_digest(cluster_.keys, *cluster_.numbers);
    }
    for (auto& other : cluster_.others) {
        others_.emplace_back(other);
    }
}

template <class Check>
std::optional<std::string> offline_check::by_any(const Check& check) {
    auto wrong = check(*this);
    for (auto other = others_.begin(); wrong && other != others_.end(); ++other) {
        if (!check(*other)) {
            return std::nullopt;
        }
    }
    return wrong;
}

std::optional<std::string> offline_check::fault_of(const evidence& found,
                                                   const std::optional<digest>& named) {
    return by_any([&](offline_check& with) { return with.fault_here(found, named); });
}

std::optional<std::string> offline_check::fault_of(const release_certificate& of) {
    return by_any([&](offline_check& with) { return with.fault_here(of); });
}

std::optional<std::string> offline_check::fault_here(const evidence& found,
                                                     const std::optional<digest>& named) const {
    auto keys = signing_;
    if (cluster_.numbers && named && *named != signing_.cluster) {
        return or_other_numbers("it is of another cluster than these keys", cluster_);
    }
    // Both signatures name the cluster, so that without its numbers the bundle's own word will do.
    if (!cluster_.numbers && named) {
        keys.cluster = *named;
    }
    const auto judged = conflict_in(found, keys, digests_);
    return judged.proves ? std::nullopt : std::optional{std::string{describe(judged.lacks)}};
}

std::optional<std::string> offline_check::fault_here(const release_certificate& of) {
    if (!cluster_.numbers) {
        throw usage_error(fmt::format("{}: keys alone don't say what a quorum is; put the "
                                      "cluster.toml that was written with them beside them, or "
                                      "name a configuration with --config",
                                      cluster_.keys_file.string()));
    }
    const auto fault = fault_in(of, *cluster_.numbers, signing_, digests_, checked_);
    if (!fault) {
        return std::nullopt;
    }
    const bool signature =
        *fault == uncertified::bad_vote_signature || *fault == uncertified::bad_claim_signature;
    return signature ? or_other_numbers(words_for(*fault), cluster_) : words_for(*fault);
}

std::optional<std::string> offline_check::fault_of_released(const std::string& line) {
    released_line released;
    if (auto wrong = take_apart(line, released)) {
        return wrong;
    }
    return by_any([&](offline_check& with) { return with.fault_here(released); });
}

std::optional<std::string> offline_check::fault_here(const released_line& released) {
    const auto& certificate = *released.certificate;
    if (certificate.record != released.id || certificate.version != released.version
        || certificate.round != released.round) {
        return "its certificate is for another record, version or round";
    }
    if (auto wrong = fault_of_payload(released.id, released.version, released.payload,
                                      released.opening, certificate.payload_digest)) {
        return wrong;
    }
    for (const auto& vote : certificate.votes) {
        if (!std::binary_search(released.voters.begin(), released.voters.end(), vote.lieutenant)) {
            return "its voters are not those of the certificate";
        }
    }
    if (auto wrong = fault_here(certificate)) {
        return wrong;
    }
    for (const auto voter : released.voters) {
        if (!is_lieutenant(voter) || !cluster_.numbers->contains(voter)) {
            return fmt::format("its voters are not all lieutenants of the cluster: {} is none",
                               to_string(voter));
        }
    }
    return std::nullopt;
}

std::optional<std::string> offline_check::fault_of_payload(
    const record_id& id, const version_id& version, const std::string& payload,
    const std::optional<std::string>& opening, const digest& certified) const {
    // What the digest means, the cluster's numbers say, and they are in all that was signed: a line
    // can't choose.
    if (!cluster_.numbers && opening) {
        return std::nullopt; // Nobody can say; nor can the certificate be checked.
    }
    const bool sealed = cluster_.numbers && cluster_.numbers->sealed;
    if (sealed != opening.has_value()) {
        return sealed ? "it has no opening, which payloads of this sealed cluster need"
                      : "it has an opening, but this cluster seals no payloads";
    }
    if (sealed) {
        return is_opened_payload(*cluster_.numbers, {id, version, certified}, *opening, payload)
                   ? std::nullopt
                   : std::optional<std::string>{"its payload is not the one that was certified: "
                                                "the opening doesn't lead to its digest"};
    }
    if (digests_.digest_of(payload) != certified) {
        return "its payload is not the one that was certified: it has another digest";
    }
    return std::nullopt;
}

std::optional<std::string> offline_check::fault_of(const ledger_row& row) {
    if (row.certificate.empty() && is_oral()) {
        return std::nullopt;
    }
    if (row.certificate.empty()) {
        return "has no certificate, though the cluster signs";
    }
    const auto certificate = decode_certificate(row.certificate);
    if (!certificate) {
        return "its certificate is damaged: these are not the bytes of one";
    }
    if (certificate->record != row.record || certificate->version != row.version
        || certificate->payload_digest != row.payload_digest
        || certificate->recipient != row.recipient || certificate->round != row.round
        || certificate->level != row.level) {
        return "its certificate is for another release";
    }
    return fault_of(*certificate);
}

} // namespace byzgate
