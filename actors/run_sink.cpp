#include "actors/run_sink.hpp"

#include <unordered_set>

namespace byzgate {

namespace {

/// The same record version reaches the recipient once, however often it is decided.
class once_only_sink final : public release_sink {
public:
    explicit once_only_sink(std::shared_ptr<release_sink> to) : to_(std::move(to)) {}
    void keep(round_id round, const released_record& record) override {
        if (kept_.insert(record.id + '\0' + record.version).second) {
            to_->keep(round, record);
        }
    }
    void flush() override { to_->flush(); }

private:
    std::shared_ptr<release_sink> to_;
    std::unordered_set<std::string> kept_;
};

} // namespace

std::shared_ptr<release_sink> sink_of(const run_settings& settings) {
    if (settings.sink) {
        return settings.sink;
    }
    const auto& configured = settings.what.external_party;
    std::shared_ptr<release_sink> sink;
    if (configured.output == external_party_output::standard_output) {
        sink = open_json_lines("-");
    } else if (configured.output == external_party_output::file) {
        sink = open_json_lines(configured.file.string());
    }
    const bool repeats = settings.what.rounds.count || settings.rounds || settings.duration_s;
    if (sink && repeats) {
        sink = std::make_shared<once_only_sink>(std::move(sink));
    }
    return sink;
}

} // namespace byzgate
