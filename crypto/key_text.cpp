#include "crypto/key_files.hpp"

#include "protocol/assert.hpp"

namespace byzgate {

namespace {

constexpr std::string_view private_magic = "byzgate-private-key ";
constexpr std::string_view database_magic = "byzgate-database-secret ";
constexpr std::string_view public_magic = "byzgate-cluster-keys ";
constexpr std::string_view format_version = "1";
constexpr std::size_t hex_digits = 64;

/// Lower case only, so that a key has one text. Into 32 bytes.
bool decode_hex(std::string_view hex, std::uint8_t* to) {
    if (hex.size() != hex_digits
        || hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return false;
    }
    std::size_t written = 0;
    return sodium_hex2bin(to, hex_digits / 2, hex.data(), hex.size(), nullptr, &written, nullptr)
               == 0
           && written == hex_digits / 2;
}

/// Appends 64 digits; in time that says nothing about them.
void append_hex(std::string& text, const std::uint8_t* bytes) {
    std::array<char, hex_digits + 1> hex{};
    sodium_bin2hex(hex.data(), hex.size(), bytes, hex_digits / 2);
    text.append(hex.data(), hex_digits);
    sodium_memzero(hex.data(), hex.size());
}

/// A text, line by line, that knows where it is.
class line_reader {
public:
    line_reader(std::string_view text, std::string_view place) : rest_(text), place_(place) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw key_error(std::string{place_} + ":" + std::to_string(line_) + ": " + what);
    }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    /// The next line without its line feed, which it must have.
    std::string_view next() {
        ++line_;
        const auto end = rest_.find('\n');
        if (end == std::string_view::npos) {
            fail("the file ends too early; restore it from where it was written, or make new keys "
                 "with byzgate keygen");
        }
        const auto line = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        return line;
    }
    /// What follows `prefix` on the next line.
    std::string_view after(std::string_view prefix, const char* expected) {
        const auto line = next();
        if (!line.starts_with(prefix)) {
            fail(std::string{"expected "} + expected);
        }
        return line.substr(prefix.size());
    }
    void expect_first_line(std::string_view magic, const char* kind) {
        const auto version = after(magic, kind);
        if (version != format_version) {
            fail("another version of the format than " + std::string{format_version}
                 + ", the only one that is known here; use the byzgate that wrote it, or make new "
                   "keys with byzgate keygen");
        }
    }
    void expect_end() {
        if (!at_end()) {
            ++line_;
            fail("something follows the last key; remove it");
        }
    }

private:
    std::string_view rest_;
    std::string_view place_;
    unsigned line_ = 0;
};

secret_256 read_secret(line_reader& lines, std::string_view prefix, const char* expected) {
    secret_256 secret;
    if (!decode_hex(lines.after(prefix, expected), secret.data())) {
        lines.fail(std::string{"expected "} + expected);
    }
    return secret;
}

/// One line `server ed25519 key`; its server comes after `before` in order.
void read_public_key(line_reader& lines, std::string_view line, cluster_keys& keys) {
    const auto space = line.find(' ');
    const auto server = parse_server_id(line.substr(0, space));
    if (space == std::string_view::npos || !server
        || !line.substr(space).starts_with(" ed25519 ")) {
        lines.fail("expected 'SERVER ed25519 KEY'");
    }
    if (keys.servers.count(*server) > 0) {
        lines.fail("a second key for " + to_string(*server) + "; leave one");
    }
    if (!keys.servers.empty() && *server < keys.servers.rbegin()->first) {
        lines.fail(to_string(*server) + " stands behind " + to_string(keys.servers.rbegin()->first)
                   + "; order them: commanders, lieutenants, supervisor, external-party");
    }
    ed25519_public_key key{};
    if (!decode_hex(line.substr(space + std::string_view{" ed25519 "}.size()), key.data())
        || !is_public_key(key)) {
        lines.fail("what stands for " + to_string(*server)
                   + " is no Ed25519 public key of 64 hexadecimal digits in lower case");
    }
    keys.servers.emplace(*server, key);
}

} // namespace

std::string private_key_file_name(server_id server) {
    return to_string(server) + ".key";
}

std::string format_private_key_file(const private_keys& keys) {
    BYZGATE_ASSERT(keys.sealing.has_value() == (keys.server == external_party_id));
    std::string text;
    text.reserve(512); // Never moved, so that no copy of a secret is left behind.
    text.append(private_magic).append(format_version).append("\nserver ");
    text.append(to_string(keys.server)).append("\nseed ");
    append_hex(text, keys.seed.data());
    text.push_back('\n');
    if (keys.sealing) {
        text.append("sealing ");
        append_hex(text, keys.sealing->data());
        text.push_back('\n');
    }
    return text;
}

std::string format_public_keys(const cluster_keys& keys) {
    BYZGATE_ASSERT(is_cluster_name(keys.name));
    std::string text;
    text.append(public_magic).append(format_version).append("\nname ").append(keys.name);
    for (const auto& [server, key] : keys.servers) {
        text.append("\n").append(to_string(server)).append(" ed25519 ");
        append_hex(text, key.data());
    }
    text.append("\n").append(to_string(external_party_id)).append(" x25519 ");
    append_hex(text, keys.sealing.data());
    text.push_back('\n');
    return text;
}

private_keys parse_private_key_file(std::string_view text, std::string_view place) {
    line_reader lines{text, place};
    lines.expect_first_line(private_magic, "'byzgate-private-key 1'; this is no private key file");
    const auto server = parse_server_id(lines.after("server ", "'server NAME'"));
    if (!server) {
        lines.fail("expected commander-1…, lieutenant-1…, supervisor or external-party");
    }
    private_keys keys{*server, read_secret(lines, "seed ", "'seed' and 64 hexadecimal digits"),
                      std::nullopt};
    if (*server == external_party_id) {
        keys.sealing = read_secret(lines, "sealing ", "'sealing' and 64 hexadecimal digits");
    }
    lines.expect_end();
    return keys;
}

std::string format_database_secret(const secret_256& secret) {
    std::string text;
    text.reserve(128); // Never moved, so that no copy of the secret is left behind.
    text.append(database_magic).append(format_version).append("\nsecret ");
    append_hex(text, secret.data());
    text.push_back('\n');
    return text;
}

secret_256 parse_database_secret(std::string_view text, std::string_view place) {
    line_reader lines{text, place};
    lines.expect_first_line(database_magic,
                            "'byzgate-database-secret 1'; this is no database's secret");
    auto secret = read_secret(lines, "secret ", "'secret' and 64 hexadecimal digits");
    lines.expect_end();
    return secret;
}

cluster_keys parse_public_keys(std::string_view text, std::string_view place) {
    line_reader lines{text, place};
    lines.expect_first_line(public_magic, "'byzgate-cluster-keys 1'; this is no public key file");
    cluster_keys keys;
    keys.name = lines.after("name ", "'name NAME'");
    if (!is_cluster_name(keys.name)) {
        lines.fail("a name has 1 to 255 bytes and no control characters");
    }
    constexpr std::string_view sealing_prefix = "external-party x25519 ";
    auto line = lines.next();
    while (!line.starts_with(sealing_prefix)) {
        read_public_key(lines, line, keys);
        line = lines.next();
    }
    if (!decode_hex(line.substr(sealing_prefix.size()), keys.sealing.data())
        || !is_sealing_key(keys.sealing)) {
        lines.fail("this is no X25519 public key of 64 hexadecimal digits in lower case");
    }
    lines.expect_end();
    return keys;
}

namespace {

/// A copy with the last line feed, which may be missing; wiped when it goes.
class whole_text {
public:
    explicit whole_text(std::string_view text) {
        text_.reserve(text.size() + 1);
        text_.append(text);
        if (!text_.ends_with('\n')) {
            text_.push_back('\n');
        }
    }
    whole_text(const whole_text&) = delete;
    whole_text& operator=(const whole_text&) = delete;
    ~whole_text() { sodium_memzero(text_.data(), text_.size()); }
    [[nodiscard]] std::string_view get() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace

private_keys private_keys_from_text(std::string_view text, server_id expected,
                                    std::string_view place) {
    const whole_text whole{text};
    auto keys = parse_private_key_file(whole.get(), place);
    if (keys.server != expected) {
        throw key_error(std::string{place} + ":2: this is the key of " + to_string(keys.server)
                        + "; give " + to_string(expected) + " its own");
    }
    return keys;
}

secret_256 database_secret_from_text(std::string_view text, std::string_view place) {
    const whole_text whole{text};
    return parse_database_secret(whole.get(), place);
}

} // namespace byzgate
