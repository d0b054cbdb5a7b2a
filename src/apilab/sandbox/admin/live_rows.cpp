#include "apilab/sandbox/admin/internal/live_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/sandbox/internal/admin_json.hpp"

namespace apilab::sandbox::admin {

using runtime::Scheduler;
using runtime::Task;

namespace {

constexpr std::size_t piece_max = 256 * 1024;
constexpr Duration heartbeat = std::chrono::seconds(15);

bool is_complete(const Exchange& row) {
    return row.finished.has_value();
}
bool is_complete(const Outbound& row) {
    return row.finished.has_value() || !row.error.empty() || row.method.empty();
}

// The rows behind that number; both kinds are in the order of their numbers.
template <class Rows>
auto rows_after(const Rows& rows, std::uint64_t seq) {
    return std::ranges::upper_bound(rows, seq, {}, [](const auto& row) { return row.seq; });
}

template <class Rows>
auto find_row(const Rows& rows, std::uint64_t seq) {
    const auto found =
        std::ranges::lower_bound(rows, seq, {}, [](const auto& row) { return row.seq; });
    return found != rows.end() && found->seq == seq ? &*found : nullptr;
}

}  // namespace

LiveRows::LiveRows(Context& context, Form form, JournalFilter filter)
    : context_(context),
      form_(form),
      filter_(std::move(filter)),
      run_(context.sandbox.run().id),
      seen_(filter_.after),
      dropped_(context.sandbox.journal().dropped()) {
    watch_ = context_.sandbox.edit_journal().watch([this] {
        if (change_) {
            change_->set();
        }
    });
    context_.readers.push_back(this);
}

LiveRows::~LiveRows() {
    context_.sandbox.edit_journal().unwatch(watch_);
    std::erase(context_.readers, this);
}

void LiveRows::end() {
    over_ = true;
    if (change_) {
        change_->set();
    }
}

Task<Result<void>> LiveRows::start() {
    co_return Result<void>();
}

void LiveRows::say(std::string& text, std::string_view event, std::optional<std::uint64_t> seq,
                   std::string_view data) const {
    if (form_ == Form::ndjson) {
        text += fmt::format("{}\n", data);
        return;
    }
    text += fmt::format("event: {}\n", event);
    if (seq) {
        text += fmt::format("id: {}\n", *seq);
    }
    text += fmt::format("data: {}\n\n", data);
}

// A reader that comes again says the number it saw last: it stays behind what is still open, so
// that a row is rather said twice than lost.
template <class Row>
void LiveRows::say_row(std::string& text, const Row& row) {
    if (!filter_.takes(row) || (filter_.limit && said_ == *filter_.limit)) {
        return;
    }
    ++said_;
    const bool in_order = open_.empty() || *open_.begin() > row.seq;
    say(text, std::is_same_v<Row, Exchange> ? "exchange" : "outbound",
        in_order ? std::optional(row.seq) : std::nullopt,
        journal_row(context_.sandbox.journal(), row));
}

std::string LiveRows::take() {
    const Sandbox& sandbox = context_.sandbox;
    const Journal& journal = sandbox.journal();
    std::string text;
    if (sandbox.run().id != run_) {
        run_ = sandbox.run().id;
        open_.clear();
        dropped_ = journal.dropped();
        if (form_ == Form::sse) {
            say(text, "run", std::nullopt, internal::run_json(sandbox));
        }
    }
    const auto& rows = journal.rows();
    if (journal.dropped() > dropped_ && !rows.empty() && rows.front().seq > seen_ + 1) {
        over_ = true;
        say(text, "dropped", std::nullopt,
            R"({"type":"dropped","detail":"read too slowly: rows are gone that were not read"})");
        return text;
    }
    dropped_ = journal.dropped();
    for (auto seq = open_.begin(); seq != open_.end() && text.size() < piece_max;) {
        const auto* row = find_row(rows, *seq);
        const auto* outbound = row == nullptr ? find_row(journal.outbound(), *seq) : nullptr;
        const bool waits = (row != nullptr && !is_complete(*row)) ||
                           (outbound != nullptr && !is_complete(*outbound));
        if (waits) {
            ++seq;
            continue;
        }
        seq = open_.erase(seq);
        if (row != nullptr) {
            say_row(text, *row);
        } else if (outbound != nullptr) {
            say_row(text, *outbound);
        }
    }
    const auto take_one = [&](const auto& row) {
        if (is_complete(row)) {
            say_row(text, row);
        } else {
            open_.insert(row.seq);
        }
        seen_ = row.seq;
    };
    auto next = rows_after(rows, seen_);
    auto next_out = rows_after(journal.outbound(), seen_);
    while (text.size() < piece_max) {
        const bool more = next != rows.end();
        const bool more_out = next_out != journal.outbound().end();
        if (!more && !more_out) {
            break;
        }
        if (more && (!more_out || next->seq < next_out->seq)) {
            take_one(*next++);
        } else {
            take_one(*next_out++);
        }
    }
    over_ = over_ || (filter_.limit && said_ >= *filter_.limit);
    return text;
}

Task<Scheduler::Woken> LiveRows::wait() {
    Scheduler& scheduler = context_.sandbox.scheduler();
    if (auto* real = dynamic_cast<runtime::RealScheduler*>(&scheduler)) {
        co_return co_await real->wait_by_machine(&*change_, heartbeat * real->speed());
    }
    co_return co_await scheduler.wait(&*change_, scheduler.now() + heartbeat);
}

Task<Result<std::string>> LiveRows::read(std::size_t /*max*/) {
    while (true) {
        change_.emplace();
        auto text = over_ ? std::string() : take();
        if (!text.empty() || over_) {
            co_return text;
        }
        const auto woken = co_await wait();
        if (woken == Scheduler::Woken::cancelled) {
            co_return fail(ErrorKind::cancelled, "the reader is let go");
        }
        if (woken == Scheduler::Woken::time) {
            co_return form_ == Form::sse ? std::string(":\n\n") : std::string("\n");
        }
    }
}

}  // namespace apilab::sandbox::admin
