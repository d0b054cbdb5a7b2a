#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/sandbox/webhook/ledger.hpp"
#include "checklist/answer.hpp"
#include "checklist/observed.hpp"

// The senders' side of an episode against what the service did because of each event.
namespace apilab::cli::checklist {

/// One event, all its deliveries, and the writes that name it.
struct Event {
    std::string_view from;
    const sandbox::webhook::Ledger::Entry* told = nullptr;
    /// Writes that others applied and that bear the event's id, the time by which its sender knows
    /// it (`ts`), or its words: in a thread, a key, a text.
    std::vector<const sandbox::Exchange*> effects;

    [[nodiscard]] std::string_view fact(const std::string& name) const;
    /// Genuine, and not a handshake.
    [[nodiscard]] bool genuine() const;
    [[nodiscard]] bool accepted() const { return told->accepted(); }
    /// Answers that came, whatever they said.
    [[nodiscard]] std::size_t answers() const;
    /// The first answer that was a refusal (4xx); null: none was.
    [[nodiscard]] const sandbox::Outbound* refusal() const;
    [[nodiscard]] std::vector<std::uint64_t> rows() const;
};

/// Refers to the episode.
class Deliveries {
public:
    explicit Deliveries(const Episode& episode);

    [[nodiscard]] const std::vector<Event>& events() const { return events_; }
    /// Does what that sender tells lead to writes that name the event? Else nothing can be said of
    /// their number.
    [[nodiscard]] bool shows_effects(std::string_view from) const;
    /// Of the type to which the sender's visible effects belong.
    [[nodiscard]] bool should_show(const Event& event) const;

private:
    sandbox::webhook::Ledger ledger_;
    std::vector<Event> events_;
};

/// Why an episode shows nothing: it was not run, met trouble, or the sentence `empty` where
/// `there` is false. Nothing: it can be looked at.
[[nodiscard]] std::optional<Answer> nothing_seen(const Observed& seen, std::string_view episode);

/// Counts what was looked at and what was wrong.
class Tally {
public:
    explicit Tally(const Episode& episode) : episode_(episode) {}
    void good(const std::vector<std::uint64_t>& rows);
    /// The first sentence is the answer's.
    void bad(std::string sentence, const std::vector<std::uint64_t>& rows);
    [[nodiscard]] std::size_t looked_at() const { return good_ + bad_; }
    /// `never` where nothing was looked at; `passed` behind the number of what was.
    [[nodiscard]] Answer answer(std::string_view never, std::string_view passed) const;

private:
    const Episode& episode_;
    std::size_t good_ = 0;
    std::size_t bad_ = 0;
    std::string first_;
    std::vector<std::uint64_t> good_rows_;
    std::vector<std::uint64_t> bad_rows_;
};

/// Like `all_of`; where all pass, the sentence says what each saw.
[[nodiscard]] Answer each_of(std::initializer_list<Answer> answers);

}  // namespace apilab::cli::checklist
