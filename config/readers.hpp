/// One reader for each table of a configuration. Each validates what it reads, reports what is
/// wrong, and leaves a default in the place of a wrong value. Inside config/ only.
#pragma once

#include "config/scenario.hpp"
#include "config/toml_reader.hpp"

namespace byzgate {

/// `[cluster]`, `[limits]`, `[convictions]`. True if the cluster is one that the other readers can
/// measure things against.
bool read_cluster(table_reader& root, scenario& into);

/// `[database]`. `into.file` and `into.cluster.limit` are there already.
void read_database(table_reader& root, scenario& into);

/// `[rounds]`, `window` included.
void read_rounds(table_reader& root, scenario& into);

/// All `[[byzantine]]`, against a valid cluster.
void read_byzantine(table_reader& root, scenario& into);

/// `[expect]`. Names of convicted servers are checked against the cluster if it is valid.
void read_expect(table_reader& root, scenario& into, bool cluster_is_valid);

/// `[placement]`, `[transport]` and `[service]`. Servers are placed only if the cluster is valid.
void read_placement(table_reader& root, scenario& into, bool cluster_is_valid);

/// `[log]` and `[metrics]`.
void read_monitoring(table_reader& root, scenario& into);

} // namespace byzgate
