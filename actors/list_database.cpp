#include "actors/list_database.hpp"

#include "crypto/blake2b.hpp"

namespace byzgate {

namespace {

class list_database final : public database {
public:
    explicit list_database(shared_records records) : records_(std::move(records)) {}

    std::vector<std::optional<record>> read(const std::vector<record_id>& ids) override {
        std::vector<std::optional<record>> found;
        found.reserve(ids.size());
        for (const auto& id : ids) {
            const auto at = records_->find(id);
            found.push_back(at == records_->end() ? std::nullopt : std::optional{at->second});
        }
        return found;
    }
    void for_each_id(const std::function<bool(const record_id&)>& visit) override {
        for (const auto& [id, r] : *records_) {
            if (!visit(id)) {
                return;
            }
        }
    }
    std::uint64_t count() override { return records_->size(); }
    std::vector<known_version> versions_of(const record_id& id) override {
        const auto at = records_->find(id);
        if (at == records_->end()) {
            return {};
        }
        const auto& r = at->second;
        return {{r.version, r.confidentiality, blake2b_digester{}.digest_of(r.payload)}};
    }

private:
    shared_records records_;
};

} // namespace

shared_records share_records(std::vector<record> records) {
    auto by_id = std::make_shared<std::map<record_id, record>>();
    for (auto& r : records) {
        auto id = r.id;
        by_id->insert_or_assign(std::move(id), std::move(r));
    }
    return by_id;
}

std::unique_ptr<database> open_list_database(shared_records records) {
    return std::make_unique<list_database>(std::move(records));
}

} // namespace byzgate
