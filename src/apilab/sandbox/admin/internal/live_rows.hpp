#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "apilab/runtime/body.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/sandbox/admin/internal/routes.hpp"
#include "apilab/sandbox/journal_export.hpp"

namespace apilab::sandbox::admin {

/// The journal as it is written, for one reader: each row once it is complete, and what befalls
/// connections at once. Rows have no `op` and no `attempt` (null), which only the whole tells.
/// There is no queue beside the journal: a reader that has fallen so far behind that rows it never
/// got are gone is told so and let go.
class LiveRows final : public runtime::BodySource {
public:
    enum class Form : std::uint8_t {
        /// A row a line, an empty line where nothing happened for 15 s.
        ndjson,
        /// `text/event-stream`: `event: exchange` (or `outbound`, `connection`, `run`, `dropped`),
        /// `id: <seq>`, and the row as `data`; a comment where nothing happened for 15 s.
        sse,
    };
    /// Begins after `filter.after`; its `limit` ends the stream.
    LiveRows(Context& context, Form form, JournalFilter filter);
    ~LiveRows() override;

    [[nodiscard]] std::optional<std::uint64_t> length() const override { return std::nullopt; }
    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] runtime::Task<Result<void>> start() override;
    [[nodiscard]] runtime::Task<Result<std::string>> read(std::size_t max) override;
    /// The stream ends after what it has said.
    void end();

private:
    /// What there is to say now; empty: nothing.
    [[nodiscard]] std::string take();
    void take_new(std::string& text);
    void say(std::string& text, std::string_view event, std::optional<std::uint64_t> seq,
             std::string_view data) const;
    template <class Row>
    void say_row(std::string& text, const Row& row);
    [[nodiscard]] runtime::Task<runtime::Scheduler::Woken> wait();

    Context& context_;
    Form form_;
    JournalFilter filter_;
    std::string run_;
    std::uint64_t watch_ = 0;
    std::uint64_t seen_ = 0;
    // `Journal::lost_until` when it began.
    std::uint64_t lost_ = 0;
    std::size_t said_ = 0;
    // Rows that were not complete when they were seen.
    std::set<std::uint64_t> open_;
    bool over_ = false;
    std::optional<runtime::Event> change_;
};

}  // namespace apilab::sandbox::admin
