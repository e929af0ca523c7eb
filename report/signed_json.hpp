/// What only a signed cluster says, as JSON and back: seals, chains of signatures, evidence,
/// grounds and certificates. As they were said, lies included; reading throws trace_error.
#pragma once

#include <string>
#include <string_view>

#include "protocol/certificate.hpp"
#include "protocol/evidence.hpp"
#include "report/json_fields.hpp"

namespace byzgate::json_text {

void append_evidence(std::string& out, const evidence& found);
void append_shown_claim(std::string& out, const shown_claim& shown);
/// Evidence where there is some, else JSON's null.
void append_evidence_or_null(std::string& out, const evidence_ptr& found);

/// Append the field, or nothing where there is nothing.
void put_seal(std::string& out, const seal_ptr& seal);
void put_proof(std::string& out, const evidence_ptr& proof);
void put_proofs(std::string& out, const std::vector<evidence_ptr>& proofs);
void put_grounds(std::string& out, const payload_reply& from);
void put_certificate(std::string& out, const certificate_ptr& certificate);

/// Appends `items` and `own` of a relay of SM(m).
void put_passed_on(std::string& out, const signed_relay& m);

} // namespace byzgate::json_text

namespace byzgate {

[[nodiscard]] evidence read_evidence(const nlohmann::json& value, std::size_t line);
[[nodiscard]] shown_claim read_shown_claim(const nlohmann::json& value, std::size_t line);

/// The field of that name, or null where there is none.
[[nodiscard]] seal_ptr read_seal(json_fields& fields);
[[nodiscard]] evidence_ptr read_proof(json_fields& fields);
[[nodiscard]] std::vector<evidence_ptr> read_proofs(json_fields& fields);
[[nodiscard]] std::shared_ptr<const release_grounds> read_grounds(json_fields& fields);
[[nodiscard]] certificate_ptr read_certificate(json_fields& fields);

/// Fills in `items` and `own`.
void read_passed_on(json_fields& fields, signed_relay& into);

} // namespace byzgate
