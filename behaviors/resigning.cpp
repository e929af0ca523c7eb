#include "behaviors/resigning.hpp"

#include <algorithm>

#include "behaviors/round_memory.hpp"
#include "protocol/statement.hpp"

namespace byzgate {

namespace {

class resigning final : public editor {
public:
    explicit resigning(const seat& at)
        : at_(at), asked_(std::max<std::size_t>(64, std::size_t{4} * at.cluster.window)) {}

    void see(const event& what, tick) override {
        const auto* came = std::get_if<received>(&what);
        if (came == nullptr || came->from != supervisor_id) {
            return;
        }
        if (const auto* request = std::get_if<round_request>(&came->what)) {
            asked_.at(request->round, request->level).records = request->records;
        }
    }

    void edit(effects& doing, tick) override {
        signed_.clear();
        for (auto& e : doing) {
            auto* sent = std::get_if<send>(&e);
            if (sent == nullptr) {
                continue;
            }
            if (auto* said = std::get_if<distribution>(&sent->what)) {
                seal(said->seal, said->round, said->level, said->claims, seal_claims);
            } else if (auto* cast = std::get_if<vote>(&sent->what)) {
                seal(cast->seal, cast->round, cast->level, cast->verdicts, seal_verdicts);
            }
        }
    }

private:
    struct asked_for {
        record_id_batch records;
        void clear() { records = nullptr; }
    };
    struct signed_batch {
        const void* batch = nullptr;
        round_id round{};
        level_number level = 0;
        seal_ptr by;
    };

    template <class Batch, class Sealing>
    void seal(seal_ptr& place, round_id round, level_number level, const Batch& batch,
              Sealing sealing) {
        const auto* asked = asked_.find(round, level);
        if (asked == nullptr || !asked->records || !batch || batch->empty()
            || batch->size() != asked->records->size()) {
            return; // There is nothing that a signature would make any better.
        }
        for (const auto& one : signed_) {
            if (one.batch == batch.get() && one.round == round && one.level == level) {
                place = one.by;
                return;
            }
        }
        place = sealing(at_.keys, *at_.digests, at_.self, round, level, *asked->records, *batch);
        signed_.push_back({batch.get(), round, level, place});
    }

    seat at_;
    round_memory<asked_for> asked_;
    std::vector<signed_batch> signed_; ///< in this event: all recipients of a lie get one signature
};

} // namespace

std::unique_ptr<editor> make_resigning(const seat& at) {
    return std::make_unique<resigning>(at);
}

} // namespace byzgate
