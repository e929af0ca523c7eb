#include "crypto/key_sources.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

#include "crypto/key_files.hpp"

namespace byzgate {

std::string key_variable_of(server_id server) {
    auto name = "BYZGATE_KEY_" + to_string(server);
    for (auto& c : name) {
        if (c >= 'a' && c <= 'z') {
            c = static_cast<char>(c - 'a' + 'A');
        } else if (c == '-') {
            c = '_';
        }
    }
    return name;
}

namespace {

constexpr const char* key_variable_prefix = "BYZGATE_KEY_";
constexpr const char* database_variable = "BYZGATE_DATABASE_SECRET";

/// What `parse` makes of the variable's text, which is gone afterwards whatever comes of it.
template <class Parse>
auto take_variable(const std::string& name, Parse parse)
    -> std::optional<decltype(parse(std::string_view{}))> {
    char* const text = std::getenv(name.c_str());
    if (text == nullptr) {
        return std::nullopt;
    }
    const struct taker {
        const std::string& name;
        char* text;
        ~taker() {
            // unsetenv alone leaves the text where the kernel put it.
            sodium_memzero(text, std::strlen(text));
            ::unsetenv(name.c_str());
        }
    } taken{name, text};
    return parse(std::string_view{text});
}

[[noreturn]] void refuse_variable(const std::string& name) {
    throw key_error(name + ": is set, but nothing says which public keys go with it; name the "
                    + "directory of cluster.keys in [keys] dir, or unset the variable");
}

} // namespace

std::optional<private_keys> take_key_variable(server_id server) {
    const auto name = key_variable_of(server);
    return take_variable(
        name, [&](std::string_view text) { return private_keys_from_text(text, server, name); });
}

secret_256 find_database_secret(const std::filesystem::path& directory) {
    if (auto given = take_variable(database_variable, [](std::string_view text) {
            return database_secret_from_text(text, database_variable);
        })) {
        return *given;
    }
    return load_database_secret(directory / database_secret_file_name);
}

void forget_key_variables(const cluster_parameters& cluster) {
    for (const auto server : cluster.servers()) {
        static_cast<void>(
            take_variable(key_variable_of(server), [](std::string_view) { return 0; }));
    }
    static_cast<void>(take_variable(database_variable, [](std::string_view) { return 0; }));
}

void expect_no_key_variables(const cluster_parameters& cluster) {
    auto all = cluster.servers();
    all.insert(all.end(), {supervisor_id, external_party_id});
    for (const auto server : all) {
        const auto name = key_variable_of(server);
        if (std::getenv(name.c_str()) != nullptr) {
            refuse_variable(name);
        }
    }
    if (std::getenv(database_variable) != nullptr) {
        refuse_variable(database_variable);
    }
}

void drop_key_variables_but(const std::vector<server_id>& own, bool database) {
    std::vector<std::string> others;
    for (char** each = ::environ; *each != nullptr; ++each) {
        const std::string_view text{*each};
        const std::string name{text.substr(0, text.find('='))};
        const auto is_of = [&name](server_id server) { return name == key_variable_of(server); };
        const bool kept = name == database_variable
                              ? database
                              : name.rfind(key_variable_prefix, 0) != 0
                                    || std::any_of(own.begin(), own.end(), is_of);
        if (!kept) {
            others.push_back(name);
        }
    }
    for (const auto& name : others) {
        static_cast<void>(take_variable(name, [](std::string_view) { return true; }));
    }
}

private_keys find_private_keys(const std::filesystem::path& directory, server_id server) {
    if (auto given = take_key_variable(server)) {
        return std::move(*given);
    }
    const auto file = directory / private_key_file_name(server);
    if (!std::filesystem::exists(file)
        && std::filesystem::exists(directory / cluster_key_file_name)) {
        throw key_error(file.string() + ": there is no such file; restore it, name the directory "
                        + "that holds it in [keys] dir, or set " + key_variable_of(server)
                        + " to its text");
    }
    return load_private_keys(file, server);
}

key_set find_keys(const std::filesystem::path& directory, const cluster_parameters& cluster) {
    const auto public_file = directory / cluster_key_file_name;
    key_set keys;
    keys.all = load_public_keys(public_file);
    expect_keys_of(keys.all, cluster, public_file.string());
    for (const auto id : cluster.servers()) {
        keys.own.emplace(id, find_private_keys(directory, id));
    }
    if (cluster.sealed) {
        keys.own.emplace(external_party_id, find_private_keys(directory, external_party_id));
        keys.database = find_database_secret(directory);
    }
    return keys;
}

} // namespace byzgate
