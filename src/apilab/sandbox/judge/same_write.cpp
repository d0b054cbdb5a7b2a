#include "apilab/sandbox/internal/same_write.hpp"

#include <algorithm>

namespace apilab::sandbox::internal {
namespace {

constexpr Duration clock_slack = std::chrono::milliseconds(5);

std::string makes(const Exchange& row) {
    const auto found = row.facts.find("makes");
    return found == row.facts.end() ? "" : found->second;
}

}  // namespace

std::string SameWrites::place_of(const Exchange& row) {
    return row.provider + ' ' + row.method + ' ' + row.path + ' ';
}

SameWrites::SameWrites(const Evidence& evidence) : evidence_(evidence) {
    std::map<std::string, const Exchange*> before;
    for (const Exchange& row : *evidence.rows) {
        if (row.meaning.empty() || !makes(row).empty()) {
            continue;
        }
        const auto text = place_of(row) + row.meaning;
        const auto [known, fresh] = before.emplace(text, &row);
        if (!fresh) {
            const Exchange& last = *known->second;
            const bool settled =
                end_of(last) == AttemptEnd::success || end_of(last) == AttemptEnd::permanent;
            routine_[text] = routine_[text] || (settled && last.body_sha256 != row.body_sha256);
            known->second = &row;
        }
    }
}

std::string SameWrites::text_of(const Exchange& row) const {
    if (const auto key = makes(row); !key.empty()) {
        return place_of(row) + "makes " + key;
    }
    if (!row.meaning.empty()) {
        auto text = place_of(row) + row.meaning;
        const auto routine = routine_.find(text);
        if (routine == routine_.end() || !routine->second) {
            return text;
        }
    }
    return place_of(row) + row.body_sha256;
}

const Exchange* SameWrites::repetition_of(const Exchange& row) const {
    if (!row.finished) {
        return nullptr;
    }
    const auto text = text_of(row);
    const SteadyTime until = *row.finished + evidence_.options.causal_window;
    const auto found = std::ranges::find_if(*evidence_.rows, [&](const Exchange& next) {
        return next.seq > row.seq && next.idempotency_key.empty() &&
               next.operation == row.operation && next.first_byte <= until &&
               (row.peer_closed || next.first_byte + clock_slack >= *row.finished) &&
               next.query == row.query && text_of(next) == text;
    });
    return found == evidence_.rows->end() ? nullptr : &*found;
}

}  // namespace apilab::sandbox::internal
