/// One run as the JSON that the page's script reads.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/json_text.hpp"
#include "report/page.hpp"
#include "report/run_analysis.hpp"

namespace byzgate {

/// One run as JSON. Claims are numbered, because the same few are said again and again.
class page_run {
public:
    page_run(const trace& run, const page_options& how) : analysis_(run), how_(how) {}

    void write(std::string& out);

private:
    struct shown_round {
        round_analysis round;
        std::vector<std::size_t> records; ///< shown index -> position in the round
    };

    [[nodiscard]] const trace_header& header() const { return analysis_.run().header; }
    [[nodiscard]] int number_of_server(server_id id) const;
    int number_of_claim(const claim& c);
    int number_of_claim(const claim_batch& claims, std::optional<std::size_t> position);

    void write_header(std::string& out) const;
    void write_summary(std::string& out) const;
    void write_latency(std::string& out) const;
    void write_rounds(std::string& out);
    void write_round(std::string& out, const shown_round& shown);
    void write_record(std::string& out, const shown_round& shown, std::size_t in_round) const;
    void write_level(std::string& out, const shown_round& shown, const level_analysis& level);
    void write_step(std::string& out, const shown_round& shown, const round_step& step);
    void write_content(std::string& out, const shown_round& shown, const round_step& step,
                       const level_analysis& level);
    void write_passed_on(std::string& out, const shown_round& shown, const round_step& step,
                         const signed_relay& passed_on, const level_analysis& level);
    void write_vote(std::string& out, const shown_round& shown, const vote& cast,
                    const level_analysis& level);
    void write_deviations(std::string& out, const shown_round& shown, const round_step& step,
                          const level_analysis& level) const;
    void append_claims(std::string& out, const shown_round& shown, const level_analysis& level,
                       const claim_batch& claims);
    void put_servers_by_number(std::string& out, std::string_view name,
                               const std::vector<server_id>& ids) const;

    [[nodiscard]] std::vector<round_id> choose_rounds() const;
    [[nodiscard]] shown_round choose_records(round_id id) const;

    run_analysis analysis_;
    page_options how_;
    std::map<std::string, int> claim_numbers_;
    std::vector<std::string> claims_;
    std::size_t rounds_shown_ = 0;
};

namespace json_text {

void append_integer(std::string& out, std::int64_t number);
/// Appends a text for people: bytes that are not UTF-8 as hexadecimal digits.
void append_shown(std::string& out, std::string_view bytes);
void put_shown(std::string& out, std::string_view name, std::string_view bytes);

template <class List, class Append>
void put_list(std::string& out, std::string_view name, const List& list, Append append) {
    append_key(out, name);
    out.push_back('[');
    for (const auto& item : list) {
        append_separator(out);
        append(item);
    }
    out.push_back(']');
}

} // namespace json_text

} // namespace byzgate
