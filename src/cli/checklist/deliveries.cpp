#include "checklist/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/base/ascii.hpp"
#include "checklist/looking.hpp"
#include "checklist/rules.hpp"

namespace apilab::cli::checklist {

namespace {

using sandbox::Exchange;
using sandbox::Outbound;
using sandbox::webhook::Ledger;

// Not as the beginning of something longer: `event 1` is not in `event 12`.
bool stands_in(std::string_view text, std::string_view name) {
    for (auto at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
        const auto end = at + name.size();
        if (end == text.size() || !ascii_alnum(text[end])) {
            return true;
        }
    }
    return false;
}

bool names(const Exchange& row, std::string_view name) {
    return !name.empty() && std::ranges::any_of(row.facts, [&](const auto& fact) {
        return stands_in(fact.second, name);
    });
}

std::vector<const Exchange*> writes_of(const Episode& episode) {
    std::vector<const Exchange*> writes;
    for (const Exchange& row : episode.rows) {
        if (row.applied && row.effect != http::Effect::read) {
            writes.push_back(&row);
        }
    }
    return writes;
}

}  // namespace

std::string_view Event::fact(const std::string& name) const {
    return sandbox::webhook::fact(told->deliveries.front()->facts, name);
}

bool Event::genuine() const {
    return told->truth == "genuine" && !told->handshake;
}

std::size_t Event::answers() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        told->deliveries, [](const Outbound* row) { return row->status != 0; }));
}

const Outbound* Event::refusal() const {
    const auto found = std::ranges::find_if(told->deliveries, [](const Outbound* row) {
        return row->status >= 400 && row->status < 500;
    });
    return found == told->deliveries.end() ? nullptr : *found;
}

std::vector<std::uint64_t> Event::rows() const {
    std::vector<std::uint64_t> rows;
    for (const auto* row : told->deliveries) {
        rows.push_back(row->seq);
    }
    for (const auto* row : effects) {
        rows.push_back(row->seq);
    }
    return rows;
}

Deliveries::Deliveries(const Episode& episode)
    : ledger_(Ledger::read(episode.outbound, episode.rows)) {
    const auto writes = writes_of(episode);
    for (const auto& [id, entry] : ledger_.entries()) {
        Event event{
            .from = entry.deliveries.front()->from, .told = &entry, .effects = entry.effects};
        const auto ts = event.fact("ts");
        const auto words = event.fact("words");
        for (const Exchange* row : writes) {
            const bool counted = std::ranges::find(event.effects, row) != event.effects.end();
            if (!counted && (names(*row, id) || names(*row, ts) || names(*row, words))) {
                event.effects.push_back(row);
            }
        }
        events_.push_back(std::move(event));
    }
}

bool Deliveries::shows_effects(std::string_view from) const {
    return std::ranges::any_of(events_, [&](const Event& event) {
        return event.from == from && event.genuine() && !event.effects.empty();
    });
}

bool Deliveries::should_show(const Event& event) const {
    const auto type = event.fact("type");
    const bool plain = event.genuine() && !event.told->quiet && !event.told->of_object &&
                       !event.told->huge && event.fact("own").empty();
    return plain && std::ranges::any_of(events_, [&](const Event& other) {
               return other.from == event.from && other.genuine() && other.fact("type") == type &&
                      !other.effects.empty();
           });
}

std::optional<Answer> nothing_seen(const Observed& seen, std::string_view episode) {
    auto shown = ran(seen, episode);
    return shown ? std::nullopt : std::optional(std::move(shown).error());
}

void Tally::good(const std::vector<std::uint64_t>& rows) {
    ++good_;
    good_rows_.insert(good_rows_.end(), rows.begin(), rows.end());
}

void Tally::bad(std::string sentence, const std::vector<std::uint64_t>& rows) {
    ++bad_;
    first_ = first_.empty() ? std::move(sentence) : first_;
    bad_rows_.insert(bad_rows_.end(), rows.begin(), rows.end());
}

Answer Tally::answer(std::string_view never, std::string_view passed) const {
    if (looked_at() == 0) {
        return untested(std::string(never));
    }
    if (bad_ == 0) {
        return passes(fmt::format("{} {}", good_, passed), {rows_of(episode_, good_rows_)});
    }
    return fails(fmt::format("{} of {}: {}", bad_, looked_at(), first_),
                 {rows_of(episode_, bad_rows_)});
}

Answer each_of(std::initializer_list<Answer> answers) {
    Answer answer = all_of(answers);
    if (answer.state == State::pass) {
        answer.sentence.clear();
        for (const Answer& one : answers) {
            answer.sentence += (answer.sentence.empty() ? "" : "; ") + one.sentence;
        }
    }
    return answer;
}

}  // namespace apilab::cli::checklist
