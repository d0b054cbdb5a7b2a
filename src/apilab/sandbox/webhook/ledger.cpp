#include "apilab/sandbox/webhook/ledger.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace apilab::sandbox::webhook {

std::string_view fact(const std::map<std::string, std::string>& facts, const std::string& name) {
    const auto found = facts.find(name);
    return found == facts.end() ? std::string_view() : std::string_view(found->second);
}

bool Ledger::Entry::accepted() const {
    return std::ranges::any_of(deliveries, [](const Outbound* delivery) {
        return delivery->status >= 200 && delivery->status < 300;
    });
}

bool Ledger::Entry::has(std::string_view name, std::string_view value) const {
    return std::ranges::any_of(deliveries, [&](const Outbound* delivery) {
        return fact(delivery->facts, std::string(name)) == value;
    });
}

namespace {

using Sender = std::pair<std::string_view, std::string_view>;

Sender sender_of(const Outbound& row) {
    return {row.from, row.path};
}

// Whose deliveries the program does not take: who answers each with 404 has no such path, and does
// not say that it would.
std::set<Sender> not_taken(const std::deque<Outbound>& outbound) {
    std::set<Sender> without;
    for (const Outbound& row : outbound) {
        if (row.status == 404) {
            without.insert(sender_of(row));
        }
    }
    for (const Outbound& row : outbound) {
        if (row.status != 0 && row.status != 404) {
            without.erase(sender_of(row));
        }
    }
    return without;
}

}  // namespace

Ledger Ledger::read(const std::deque<Outbound>& outbound, const std::deque<Exchange>& rows) {
    Ledger ledger;
    const auto without = not_taken(outbound);
    for (const Outbound& row : outbound) {
        ledger.kills_ += row.from == "kill" ? 1 : 0;
        const auto event = fact(row.facts, "event");
        const auto truth = fact(row.facts, "truth");
        if (event.empty() || truth.empty() || without.contains(sender_of(row))) {
            continue;
        }
        Entry& entry = ledger.entries_[std::string(event)];
        const auto type = fact(row.facts, "type");
        entry.truth = truth;
        entry.handshake =
            type == "ping" || type == "url_verification" || type == "verification_token";
        entry.quiet = !fact(row.facts, "quiet").empty();
        entry.of_object = !fact(row.facts, "object").empty();
        entry.late = !fact(row.facts, "late").empty();
        entry.huge = !fact(row.facts, "huge").empty();
        entry.own = !fact(row.facts, "own").empty();
        entry.by_hub = !fact(row.facts, "via").empty();
        entry.deliveries.push_back(&row);
    }
    for (const Exchange& row : rows) {
        if (row.provider == "effects" && row.applied) {
            const auto entry = ledger.entries_.find(fact(row.facts, "event"));
            if (entry != ledger.entries_.end()) {
                entry->second.effects.push_back(&row);
            }
        }
    }
    return ledger;
}

std::map<std::string, std::int64_t> Ledger::numbers() const {
    if (entries_.empty()) {
        return {};
    }
    std::map<std::string, std::int64_t> numbers{
        {"events", 0}, {"effects", 0}, {"forged applied", 0}, {"doubled", 0}, {"lost", 0}};
    for (const auto& [event, entry] : entries_) {
        const auto effects = static_cast<std::int64_t>(entry.effects.size());
        numbers["effects"] += effects;
        if (entry.genuine()) {
            numbers["events"] += 1;
            numbers["doubled"] += std::max<std::int64_t>(effects - 1, 0);
            numbers["lost"] += effects == 0 && entry.wants_effect() ? 1 : 0;
        } else if (entry.truth != "genuine") {
            numbers["forged applied"] += effects;
        }
    }
    return numbers;
}

}  // namespace apilab::sandbox::webhook
