#include "apilab/sandbox/admin/internal/live_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

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

// What happened to a connection has no end of its own.
bool is_complete(const ConnectionEvent& /*event*/) {
    return true;
}

std::string_view kind_of(const Exchange& /*row*/) {
    return "exchange";
}
std::string_view kind_of(const Outbound& /*row*/) {
    return "outbound";
}
std::string_view kind_of(const ConnectionEvent& /*event*/) {
    return "connection";
}

// The rows behind that number; each kind is in the order of their numbers.
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
      lost_(context.sandbox.journal().lost_until()) {
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
    say(text, kind_of(row), in_order ? std::optional(row.seq) : std::nullopt,
        journal_row(context_.sandbox.journal(), row));
}

std::string LiveRows::take() {
    const Sandbox& sandbox = context_.sandbox;
    const Journal& journal = sandbox.journal();
    std::string text;
    if (sandbox.run().id != run_) {
        run_ = sandbox.run().id;
        open_.clear();
        lost_ = 0;
        if (form_ == Form::sse) {
            say(text, "run", std::nullopt, internal::run_json(sandbox));
        }
    }
    // What was gone before it began was not to be read.
    if (journal.lost_until() > std::max(seen_, lost_)) {
        over_ = true;
        say(text, "dropped", std::nullopt,
            R"({"type":"dropped","detail":"read too slowly: rows are gone that were not read"})");
        return text;
    }
    for (auto seq = open_.begin(); seq != open_.end() && text.size() < piece_max;) {
        const auto* row = find_row(journal.rows(), *seq);
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
    take_new(text);
    over_ = over_ || (filter_.limit && said_ >= *filter_.limit);
    return text;
}

// All three kinds in the order of their numbers.
void LiveRows::take_new(std::string& text) {
    const Journal& journal = context_.sandbox.journal();
    const auto take_one = [&](const auto& row) {
        if (is_complete(row)) {
            say_row(text, row);
        } else {
            open_.insert(row.seq);
        }
        seen_ = row.seq;
    };
    constexpr auto none = std::numeric_limits<std::uint64_t>::max();
    const auto number = [](const auto& rows, const auto& next) {
        return next == rows.end() ? none : next->seq;
    };
    auto row = rows_after(journal.rows(), seen_);
    auto outbound = rows_after(journal.outbound(), seen_);
    auto event = rows_after(journal.events(), seen_);
    while (text.size() < piece_max) {
        const auto of_row = number(journal.rows(), row);
        const auto of_outbound = number(journal.outbound(), outbound);
        const auto of_event = number(journal.events(), event);
        const auto first = std::min({of_row, of_outbound, of_event});
        if (first == none) {
            return;
        }
        if (first == of_row) {
            take_one(*row++);
        } else if (first == of_outbound) {
            take_one(*outbound++);
        } else {
            take_one(*event++);
        }
    }
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
