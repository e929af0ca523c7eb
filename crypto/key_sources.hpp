/// Where a server's private key comes from: a variable of the environment, or else its file.
///
/// The variable of lieutenant-2 is BYZGATE_KEY_LIEUTENANT_2, and its value the text of the key file
/// (key_files.hpp), so that a key needs no disk. It is taken once: read, wiped where it stood, so
/// that neither children nor /proc show it, and removed. The database's secret may stand in
/// BYZGATE_DATABASE_SECRET.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/keys.hpp"

namespace byzgate {

[[nodiscard]] std::string key_variable_of(server_id server);

/// Takes the key out of the environment; nothing if the variable isn't there. Throws `key_error`
/// if it is no key of that server; taken it is then too. While no other thread looks at the
/// environment.
[[nodiscard]] std::optional<private_keys> take_key_variable(server_id server);

/// Wipes the keys of the cluster's servers and the database's secret from the environment, for
/// commands that need none.
void forget_key_variables(const cluster_parameters& cluster);

/// Throws `key_error` if the key of any server of the cluster is in the environment: where nothing
/// says which public keys go with it, it must not be passed over in silence.
void expect_no_key_variables(const cluster_parameters& cluster);

/// Wipes and removes the keys of all other servers, and the database's secret unless `database`:
/// what a process doesn't need it mustn't keep, whoever gave it too much.
void drop_key_variables_but(const std::vector<server_id>& own, bool database);

/// The key of one server: from the environment, else from its file in `directory`. Throws as
/// `take_key_variable` and `load_private_keys` do.
[[nodiscard]] private_keys find_private_keys(const std::filesystem::path& directory,
                                             server_id server);

/// The database's secret of a sealed cluster, which is for commanders: the same way.
[[nodiscard]] secret_256 find_database_secret(const std::filesystem::path& directory);

/// The public keys in `directory`, of a sealed cluster the database's secret and the external
/// party's key too, and those of all commanders and lieutenants of the cluster: for
/// one process that plays them all. Throws `key_error` also if the keys are another cluster's.
[[nodiscard]] key_set find_keys(const std::filesystem::path& directory,
                                const cluster_parameters& cluster);

} // namespace byzgate
