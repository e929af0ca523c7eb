/// CSV as RFC 4180 has it, row by row on libcsv: quoted fields with commas, quotes and line breaks,
/// a UTF-8 byte order mark, lines that end with CRLF, LF or CR, a last line without an end. Empty
/// lines are skipped. Spaces belong to the field. What is not well formed is an error with its
/// line; nothing is repaired.
#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace byzgate {

/// What is wrong with a CSV, as `name:line: what; cure`.
class malformed_csv : public std::runtime_error {
public:
    malformed_csv(const std::string& name, std::uint64_t line, const std::string& message);

    /// From 1; 0 if no line is to blame.
    [[nodiscard]] std::uint64_t line() const noexcept { return line_; }

private:
    std::uint64_t line_;
};

struct csv_row {
    std::uint64_t line = 0; ///< where the row begins, from 1
    std::vector<std::string> fields;
};

/// Reads ahead by one block of the input at most; memory is bounded by that and the longest row.
class csv_reader {
public:
    /// Reads the header, so throws `malformed_csv` for an empty input and for a column name that
    /// stands there twice. `name` is what errors call the input, which must outlive the reader.
    csv_reader(std::istream& input, std::string name);
    ~csv_reader();
    csv_reader(const csv_reader&) = delete;
    csv_reader& operator=(const csv_reader&) = delete;

    [[nodiscard]] const std::vector<std::string>& header() const noexcept;

    /// The next row, with as many fields as the header; false at the end. Throws `malformed_csv`.
    [[nodiscard]] bool next(csv_row& row);

private:
    class parser;
    std::unique_ptr<parser> parser_;
};

} // namespace byzgate
