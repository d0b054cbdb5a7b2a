#include "apilab/observe/trace_exporter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <optional>
#include <string_view>

#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/retry_after.hpp"

namespace apilab::observe {

using runtime::Task;

namespace {

constexpr std::size_t complaint_max = 200;

Result<void> within(std::string_view name, auto value, auto low, auto high, std::string_view unit) {
    if (value < low || value > high) {
        return fail(ErrorKind::invalid_argument,
                    fmt::format("trace_exporter.{} is {}{}, outside {} to {}", name, value, unit,
                                low, high));
    }
    return {};
}

Result<void> duration_within(std::string_view name, Duration value, Duration low, Duration high) {
    const auto milliseconds = [](Duration time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    return within(name, milliseconds(value), milliseconds(low), milliseconds(high), " ms");
}

// What an answer, or none, means for a batch (OTLP/HTTP, "Failures").
enum class Verdict : std::uint8_t { taken, again, final_, cancelled };

Verdict verdict_of(const Result<http::Response>& reply) {
    if (reply) {
        const int status = reply->status();
        if (reply->ok()) {
            return Verdict::taken;
        }
        return status == 429 || status == 502 || status == 503 || status == 504 ? Verdict::again
                                                                                : Verdict::final_;
    }
    switch (reply.error().kind()) {
        case ErrorKind::cancelled:
            return Verdict::cancelled;
        case ErrorKind::resolve:
        case ErrorKind::connect:
        case ErrorKind::connection_lost:
        case ErrorKind::timeout:
        case ErrorKind::deadline:
            return Verdict::again;
        default:
            return Verdict::final_;
    }
}

// A 64-bit number of protobuf's JSON: a text, or a number.
std::uint64_t count_of(http::Json value) {
    if (const auto number = value.unsigned_integer()) {
        return *number;
    }
    std::uint64_t count = 0;
    if (const auto text = value.string()) {
        const auto* end = text->data() + text->size();
        if (std::from_chars(text->data(), end, count).ptr != end) {
            return 0;
        }
    }
    return count;
}

}  // namespace

Result<void> TraceExporterOptions::validate() const {
    using std::chrono::hours;
    using std::chrono::milliseconds;
    using std::chrono::minutes;
    APILAB_CHECK(within("batch_max", batch_max, std::size_t{1}, std::size_t{10'000}, ""));
    APILAB_CHECK(within("queue_max", queue_max, batch_max, std::size_t{100'000}, ""));
    APILAB_CHECK(duration_within("interval", interval, milliseconds(10), minutes(10)));
    APILAB_CHECK(duration_within("timeout", timeout, milliseconds(10), minutes(5)));
    APILAB_CHECK(within("attempts_max", attempts_max, 1, 20, ""));
    APILAB_CHECK(duration_within("backoff_cap", backoff_cap, milliseconds(1), hours(1)));
    APILAB_CHECK(duration_within("backoff_base", backoff_base, milliseconds(1), backoff_cap));
    return duration_within("retry_after_max", retry_after_max, Duration::zero(), hours(24));
}

struct TraceExporter::State {
    State(runtime::Scheduler& its_scheduler, runtime::Service& its_collector, Rng& its_rng,
          http::Url its_url, TraceExporterOptions its_options)
        : scheduler(its_scheduler),
          collector(its_collector),
          rng(its_rng),
          url(std::move(its_url)),
          origin(url.origin()),
          options(std::move(its_options)) {}

    [[nodiscard]] bool is_for_us(const http::CallRecord& call) const {
        return call.trace.exists() && call.trace.sampled &&
               (call.origin != origin || call.url_template != url.path());
    }
    [[nodiscard]] bool batch_is_due() const { return closing || queue.size() >= options.batch_max; }
    void complain(std::string_view text) {
        last_error = Scrubber::of_process().scrubbed(text);
        last_error.resize(std::min(last_error.size(), complaint_max));
    }
    [[nodiscard]] http::Request request(std::string body) const {
        auto request = http::Request::post(url, std::move(body));
        for (const auto& [name, value] : options.headers) {
            request.header(name, std::string(value.reveal()));
            request.hide_header(name);
        }
        return request;
    }
    [[nodiscard]] runtime::CallContext context() const {
        runtime::CallContext context;
        context.deadline = scheduler.now() + options.timeout;
        context.attempt_deadline = context.deadline;
        context.timeouts.attempt = options.timeout;
        context.operation.provider = "otlp";
        context.operation.name = "export_traces";
        return context;
    }
    [[nodiscard]] Duration wait_before(int retry, const Result<http::Response>& reply) {
        if (reply) {
            const auto said = http::parse_retry_after(reply->headers(), scheduler.system_now());
            if (said.wait) {
                return std::min(*said.wait, options.retry_after_max);
            }
        }
        auto full = options.backoff_base;
        for (int doubled = 0; doubled < retry && full < options.backoff_cap; ++doubled) {
            full *= 2;
        }
        full = std::min(full, options.backoff_cap);
        return Duration(rng.between(full.count() / 2, full.count()));
    }
    void taken(const http::Response& answer) {
        const auto document = http::JsonDocument::parse(answer.body());
        if (!document) {
            return;  // nothing that it says of itself
        }
        const auto partial = document->root()["partialSuccess"];
        counts.rejected_spans += count_of(partial["rejectedSpans"]);
        if (const auto message = partial["errorMessage"].string(); message && !message->empty()) {
            complain(*message);
        }
    }

    runtime::Scheduler& scheduler;
    runtime::Service& collector;
    Rng& rng;
    http::Url url;
    std::string origin;
    TraceExporterOptions options;
    std::deque<Story> queue;
    std::size_t under_way = 0;
    bool running = false;
    bool closing = false;
    /// Set when a batch is full, or everything shall go. There only while somebody waits.
    std::optional<runtime::Event> due;
    /// Set when the task that sends is over.
    std::optional<runtime::Event> over;
    TraceExporterCounts counts;
    std::string last_error;
};

TraceExporter::TraceExporter(std::shared_ptr<State> state)
    : state_(std::move(state)), group_(runtime::TaskGroup::abandonable(state_->scheduler)) {}

TraceExporter::~TraceExporter() {
    state_->closing = true;
    runtime::TaskGroup::abandon(group_);
}

Result<std::unique_ptr<TraceExporter>> TraceExporter::create(runtime::Scheduler& scheduler,
                                                             runtime::Service& collector, Rng& rng,
                                                             http::Url url,
                                                             TraceExporterOptions options) {
    APILAB_CHECK(options.validate());
    auto state =
        std::make_shared<State>(scheduler, collector, rng, std::move(url), std::move(options));
    return std::unique_ptr<TraceExporter>(new TraceExporter(std::move(state)));
}

void TraceExporter::on_call(const http::CallRecord& call) {
    auto& state = *state_;
    if (!state.is_for_us(call)) {
        return;
    }
    // What is under way counts as well: memory is bounded by what is kept, not by what waits.
    if (state.closing || state.queue.size() + state.under_way >= state.options.queue_max) {
        ++state.counts.dropped_full;
        return;
    }
    state.queue.push_back(
        {.started = state.scheduler.system_now() -
                    std::chrono::duration_cast<SystemTime::duration>(call.elapsed),
         .record = call,
         .exchanges = {}});
    if (!state.running) {
        state.running = true;
        group_->spawn(send_all(state_));
    } else if (state.due && state.batch_is_due()) {
        state.due->set();
    }
}

Task<void> TraceExporter::send_all(std::shared_ptr<State> state) {
    bool go_on = true;
    while (go_on && !state->queue.empty()) {
        if (!state->batch_is_due()) {
            state->due.emplace();
            const auto until = state->scheduler.now() + state->options.interval;
            const auto woken = co_await state->scheduler.wait(&*state->due, until);
            state->due.reset();
            go_on = woken != runtime::Scheduler::Woken::cancelled;
        }
        if (go_on) {
            const auto count = std::min(state->queue.size(), state->options.batch_max);
            const auto end = state->queue.begin() + static_cast<std::ptrdiff_t>(count);
            const std::vector<Story> batch(std::make_move_iterator(state->queue.begin()),
                                           std::make_move_iterator(end));
            state->queue.erase(state->queue.begin(), end);
            state->under_way = count;
            go_on = co_await send_batch(state, otlp_traces(batch, state->options.resource));
            state->under_way = 0;
        }
    }
    state->running = false;
    if (state->over) {
        state->over->set();
    }
}

// False: it was cancelled.
Task<bool> TraceExporter::send_batch(std::shared_ptr<State> state, std::string body) {
    for (int attempt = 1;; ++attempt) {
        ++state->counts.requests;
        state->counts.retries += attempt > 1 ? 1U : 0U;
        const auto reply = co_await state->collector.call(state->request(body), state->context());
        const auto verdict = verdict_of(reply);
        if (verdict == Verdict::taken) {
            state->counts.exported += state->under_way;
            state->taken(*reply);
            co_return true;
        }
        state->complain(reply ? fmt::format("the collector answered {}", reply->status())
                              : reply.error().to_string());
        if (verdict == Verdict::final_) {
            state->counts.dropped_refused += state->under_way;
            co_return true;
        }
        if (verdict == Verdict::again && attempt >= state->options.attempts_max) {
            state->counts.dropped_failed += state->under_way;
            co_return true;
        }
        bool go_on = verdict != Verdict::cancelled;
        if (go_on) {
            const auto until = state->scheduler.now() + state->wait_before(attempt - 1, reply);
            const auto slept = co_await state->scheduler.sleep_until(until);
            go_on = slept.has_value();
        }
        if (!go_on) {
            state->counts.dropped_closed += state->under_way;
            co_return false;
        }
    }
}

Task<void> TraceExporter::close(Duration limit) {
    // A copy: the exporter may go before its last task does.
    const auto state = state_;
    const auto group = group_;
    state->closing = true;
    if (state->running) {
        state->over.emplace();
        if (state->due) {
            state->due->set();
        }
        const auto woken =
            co_await state->scheduler.wait(&*state->over, state->scheduler.now() + limit);
        if (woken != runtime::Scheduler::Woken::event) {
            group->cancel();
        }
    }
    co_await group->join();
    state->over.reset();
    state->counts.dropped_closed += state->queue.size();
    state->queue.clear();
}

TraceExporterCounts TraceExporter::counts() const {
    return state_->counts;
}

std::size_t TraceExporter::waiting() const {
    return state_->queue.size() + state_->under_way;
}

std::string TraceExporter::last_error() const {
    return state_->last_error;
}

}  // namespace apilab::observe
