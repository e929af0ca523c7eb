#include "behaviors/editor.hpp"

#include <algorithm>
#include <iterator>

#include "protocol/assert.hpp"

namespace byzgate {

std::optional<round_id> round_about(const event& what) noexcept {
    if (const auto* came = std::get_if<received>(&what)) {
        return round_of(came->what);
    }
    if (const auto* read = std::get_if<records_read>(&what)) {
        return read->round;
    }
    return std::nullopt;
}

std::optional<round_id> round_about(const effect& what) noexcept {
    if (const auto* sent = std::get_if<send>(&what)) {
        return round_of(sent->what);
    }
    if (const auto* read = std::get_if<read_records>(&what)) {
        return read->round;
    }
    if (const auto* closed = std::get_if<round_closed>(&what)) {
        return closed->round;
    }
    // With what it is about, so that it stays in front of the sends that wait for it.
    if (const auto* wanted = std::get_if<keep>(&what)) {
        return wanted->what.round;
    }
    return std::nullopt;
}

edited_machine::edited_machine(handler loyal, std::vector<ranged_editor> editors)
    : loyal_(std::move(loyal)), editors_(std::move(editors)) {
    BYZGATE_ASSERT(loyal_ != nullptr);
}

void edited_machine::on(const event& what, tick now, effects& out) {
    for (auto& one : editors_) {
        one.plays->see(what, now);
    }
    const auto* heard = &what;
    for (auto& one : editors_) {
        const auto round = one.rounds.all() ? std::nullopt : round_about(*heard);
        if (!round || one.rounds.contains(*round)) {
            heard = one.plays->before(*heard, now, loyal_);
            if (heard == nullptr) {
                break;
            }
        }
    }
    doing_.clear();
    if (heard != nullptr) {
        loyal_->on(*heard, now, doing_);
    }
    for (auto& one : editors_) {
        let_edit(one, now);
    }
    if (out.empty()) {
        std::swap(doing_, out);
    } else {
        std::move(doing_.begin(), doing_.end(), std::back_inserter(out));
    }
}

void edited_machine::let_edit(ranged_editor& one, tick now) {
    if (one.rounds.all()) {
        one.plays->edit(doing_, now);
        return;
    }
    const auto others = [&](const effect& e) {
        const auto round = round_about(e);
        return round && !one.rounds.contains(*round);
    };
    const auto first = std::stable_partition(doing_.begin(), doing_.end(), others);
    share_.assign(std::make_move_iterator(first), std::make_move_iterator(doing_.end()));
    doing_.erase(first, doing_.end());
    one.plays->edit(share_, now);
    std::move(share_.begin(), share_.end(), std::back_inserter(doing_));
}

tick edited_machine::next_deadline() const {
    auto earliest = loyal_->next_deadline();
    for (const auto& one : editors_) {
        earliest = std::min(earliest, one.plays->next_deadline());
    }
    return earliest;
}

handler edited(handler loyal, std::unique_ptr<editor> plays) {
    std::vector<ranged_editor> editors;
    editors.push_back({round_range{}, std::move(plays)});
    return std::make_unique<edited_machine>(std::move(loyal), std::move(editors));
}

} // namespace byzgate
