// Evidence on disk: what a full or missing disk didn't take is written later.
#include <catch2/catch.hpp>

#include <fstream>

#include "actors/evidence_folder.hpp"
#include "protocol/evidence.hpp"
#include "tests/temporary_directory.hpp"

namespace byzgate {

TEST_CASE("evidence that could not be written is written with the next") {
    const test::temporary_directory dir;
    const auto place = std::filesystem::path{dir.file("evidence")};
    std::ofstream{place} << "a file where the folder should be";
    evidence_folder kept{place, digest{}};
    accepted_conviction found;
    found.commander = commander_id(0);
    found.proof = std::make_shared<const evidence>();
    CHECK_THROWS(kept.keep(round_id{7}, {found}));
    CHECK_THROWS(kept.keep(round_id{8}, {}));
    std::filesystem::remove(place);
    kept.keep(round_id{9}, {});
    CHECK(std::filesystem::file_size(place / "commander-1-round-7.json") > 0);
    // Once: what somebody took away meanwhile doesn't come back.
    std::filesystem::remove(place / "commander-1-round-7.json");
    kept.keep(round_id{10}, {});
    CHECK_FALSE(std::filesystem::exists(place / "commander-1-round-7.json"));
}

} // namespace byzgate
