#include "storage/csv.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <optional>

#include <csv.h>
#include <fmt/format.h>

#include "protocol/cluster.hpp"
#include "storage/text.hpp"

namespace byzgate {

malformed_csv::malformed_csv(const std::string& name, std::uint64_t line,
                             const std::string& message)
    : std::runtime_error(line > 0 ? fmt::format("{}:{}: {}", name, line, message)
                                  : fmt::format("{}: {}", name, message)),
      line_(line) {}

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr std::size_t block_bytes = 1U << 16;
/// A field that goes on for longer has lost its closing quote.
constexpr std::size_t field_bytes_max = limits{}.payload_bytes_max;

/// RFC 4180, section 2.4: spaces are part of a field.
int no_spaces(unsigned char) {
    return 0;
}

/// CRLF, LF and a lone CR each end one line.
std::uint64_t line_ends_in(std::string_view text) {
    std::uint64_t ends = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool first_half = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
        ends += (text[i] == '\n' || text[i] == '\r') && !first_half ? 1 : 0;
    }
    return ends;
}

} // namespace

/// Feeds libcsv one line at a time, so that its callbacks know the line they are called in.
class csv_reader::parser {
public:
    parser(std::istream& input, std::string name) : input_(input), name_(std::move(name)) {
        if (csv_init(&csv_, CSV_STRICT | CSV_STRICT_FINI) != 0) {
            throw std::bad_alloc();
        }
        csv_set_space_func(&csv_, no_spaces);
    }
    ~parser() { csv_free(&csv_); }
    parser(const parser&) = delete;
    parser& operator=(const parser&) = delete;

    [[nodiscard]] bool next(csv_row& row) {
        while (rows_.empty() && !failed_ && !finished_) {
            read_block();
        }
        if (rows_.empty()) {
            if (failed_) {
                throw malformed_csv(*failed_);
            }
            return false;
        }
        row = std::move(rows_.front());
        rows_.pop_front();
        return true;
    }

    void read_header() {
        csv_row row;
        if (!next(row)) {
            throw malformed_csv(name_, 0,
                                "the file is empty; the first line must name the columns");
        }
        std::map<std::string, std::size_t> places;
        for (std::size_t i = 0; i < row.fields.size(); ++i) {
            const auto [place, fresh] = places.emplace(row.fields[i], i + 1);
            if (!fresh) {
                throw malformed_csv(
                    name_, row.line,
                    fmt::format("columns {} and {} are both named \"{}\"; rename one",
                                place->second, i + 1, row.fields[i]));
            }
        }
        header_ = std::move(row.fields);
    }

    [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }

private:
    void read_block() {
        input_.read(block_.data(), block_.size());
        std::string_view text(block_.data(), static_cast<std::size_t>(input_.gcount()));
        if (input_.bad()) {
            fail(line_, "the file can't be read any further");
            return;
        }
        const bool last = text.size() < block_.size();
        if (first_block_ && text.starts_with(byte_order_mark)) {
            text.remove_prefix(byte_order_mark.size());
        }
        first_block_ = false;
        while (!text.empty() && !failed_) {
            const std::size_t end = text.find_first_of("\r\n");
            const std::size_t length = end == std::string_view::npos ? text.size() : end + 1;
            feed(text.substr(0, length));
            text.remove_prefix(length);
        }
        if (last && !failed_) {
            finish();
        }
    }

    /// Some of one line, at most up to the first CR or LF.
    void feed(std::string_view text) {
        if (after_cr_ && text != "\n") {
            ++line_;
        }
        after_cr_ = text.back() == '\r';
        if (between_rows_ && text.front() != '\r' && text.front() != '\n') {
            between_rows_ = false;
            row_.line = field_line_ = line_;
        }
        if (csv_parse(&csv_, text.data(), text.size(), on_field, on_row, this) != text.size()) {
            fail_parse();
        } else if (csv_.entry_pos > field_bytes_max) {
            fail(field_line_,
                 fmt::format("a field is longer than {} MiB; is its closing quote missing?",
                             field_bytes_max >> 20));
        }
        if (text.back() == '\n') {
            ++line_;
        }
    }

    void finish() {
        finished_ = true;
        if (csv_fini(&csv_, on_field, on_row, this) != 0) {
            fail_parse();
        }
    }

    void fail(std::uint64_t line, const std::string& message) {
        if (!failed_) {
            failed_.emplace(name_, line, message);
        }
    }

    void fail_parse() {
        if (csv_error(&csv_) != CSV_EPARSE) {
            throw std::bad_alloc();
        }
        if (finished_) {
            fail(field_line_, "a quoted field begins here and never ends; close it with a quote");
        } else if (csv_.quoted != 0) {
            fail(line_, fmt::format("text follows a closing quote (the field begins in line {}); "
                                    "write a quote inside a quoted field twice, or add the one "
                                    "that is missing",
                                    field_line_));
        } else {
            fail(line_, "a quote stands inside a field without quotes; put the whole field in "
                        "quotes and write the quote twice");
        }
    }

    void add_field(std::string_view text) {
        const std::size_t invalid = std::min(invalid_utf8_at(text), text.find('\0'));
        if (invalid != std::string_view::npos) {
            const std::uint64_t line = field_line_ + line_ends_in(text.substr(0, invalid));
            fail(line, text[invalid] == '\0'
                           ? std::string("a NUL byte; is this a text file in UTF-8?")
                           : fmt::format("byte 0x{:02x} is not valid UTF-8; save the file as UTF-8",
                                         static_cast<unsigned char>(text[invalid])));
        }
        row_.fields.emplace_back(text);
        field_line_ = line_;
    }

    void end_row() {
        const std::size_t found = row_.fields.size();
        if (width_ == 0) {
            width_ = found;
        }
        if (found != width_) {
            fail(row_.line,
                 fmt::format("the row has {} field{}, the header has {}; put fields that "
                             "contain commas or quotes in quotes",
                             found, found == 1 ? "" : "s", width_));
        }
        if (!failed_) {
            rows_.push_back(std::move(row_));
        }
        row_ = {};
        between_rows_ = true;
    }

    static void on_field(void* text, std::size_t size, void* self) {
        const char* data = text != nullptr ? static_cast<const char*>(text) : "";
        static_cast<parser*>(self)->add_field({data, size});
    }
    static void on_row(int, void* self) { static_cast<parser*>(self)->end_row(); }

    std::istream& input_;
    std::string name_;
    csv_parser csv_{};
    std::array<char, block_bytes> block_{};
    std::vector<std::string> header_;
    std::size_t width_ = 0; ///< of the header, and so of every row
    std::deque<csv_row> rows_;
    csv_row row_;
    bool between_rows_ = true;
    std::uint64_t line_ = 1;
    std::uint64_t field_line_ = 1;
    bool after_cr_ = false;
    bool first_block_ = true;
    bool finished_ = false;
    std::optional<malformed_csv> failed_;
};

csv_reader::csv_reader(std::istream& input, std::string name)
    : parser_(std::make_unique<parser>(input, std::move(name))) {
    parser_->read_header();
}

csv_reader::~csv_reader() = default;

const std::vector<std::string>& csv_reader::header() const noexcept {
    return parser_->header();
}

bool csv_reader::next(csv_row& row) {
    return parser_->next(row);
}

} // namespace byzgate
