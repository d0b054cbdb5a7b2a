#include "apilab/work/receiver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/work/internal/option_range.hpp"
#include "apilab/work/internal/receiver_endpoint.hpp"

namespace apilab::work {

using internal::answer;
using internal::Endpoint;
using runtime::Task;

namespace {

constexpr std::int64_t percent = 100;

Result<void> validate(const ReceiverOptions& options) {
    constexpr int reserve_max = 90;
    constexpr int budget_min = 10;
    constexpr int budget_max = 95;
    if (options.reserve_percent < 0 || options.reserve_percent > reserve_max) {
        return internal::bad_field("reserve_percent", "0 to 90");
    }
    if (options.waiting_bytes_max < std::size_t{1} << 20U ||
        options.waiting_bytes_max > std::size_t{16} << 30U) {
        return internal::bad_field("waiting_bytes_max", "1 MiB to 16 GiB");
    }
    if (options.retry_after < std::chrono::seconds(1) ||
        options.retry_after > std::chrono::hours(1)) {
        return internal::bad_field("retry_after", "1 s to 1 h");
    }
    if (options.budget_percent < budget_min || options.budget_percent > budget_max) {
        return internal::bad_field("budget_percent", "10 to 95");
    }
    return options.redelivery.validate();
}

// One delivery on its way to the disk. Shared by who answers and who is told of the commit, since
// the answer may be given first.
struct Pending {
    std::string sender_id;
    std::string trace_context;
    runtime::Event over;
    std::optional<Result<PutResult>> result;
    std::shared_ptr<std::size_t> bytes_waiting;
    std::size_t bytes = 0;
    /// Null where the sender tries again.
    std::shared_ptr<RedeliveryWatch> watch;

    void told(Result<PutResult> put) {
        *bytes_waiting -= bytes;
        if (put && watch) {  // also where the answer was given before
            watch->stored(sender_id);
        }
        result.emplace(std::move(put));
        over.set();
    }
};

struct Delivery {
    Event event;
    NewJob job;
    SystemTime received;
};

void add(ReceiverStats& sum, const ReceiverStats& one) {
    sum.requests += one.requests;
    sum.stored += one.stored;
    sum.duplicates += one.duplicates;
    sum.revived += one.revived;
    sum.conflicts += one.conflicts;
    sum.replayed += one.replayed;
    sum.handshakes += one.handshakes;
    sum.not_found += one.not_found;
    sum.unsupported += one.unsupported;
    sum.too_large += one.too_large;
    sum.out_of_time += one.out_of_time;
    sum.unverified += one.unverified;
    sum.malformed += one.malformed;
    sum.shed += one.shed;
    sum.failed += one.failed;
    sum.late += one.late;
}

}  // namespace

std::string_view to_string(ReceiverAlarm::What what) {
    switch (what) {
        case ReceiverAlarm::What::conflict:
            return "conflict";
        case ReceiverAlarm::What::replayed:
            return "replayed";
        case ReceiverAlarm::What::refused:
            return "refused";
        case ReceiverAlarm::What::redelivery_ends:
            return "redelivery_ends";
        case ReceiverAlarm::What::redelivery_ended:
            return "redelivery_ended";
    }
    return "?";
}

class WebhookReceiver::Impl {
public:
    using Endpoints = std::map<std::string, Endpoint, std::less<>>;

    Impl(runtime::Scheduler& scheduler, StoreWriter& writer, Endpoints endpoints,
         ReceiverOptions options)
        : scheduler_(scheduler),
          writer_(writer),
          endpoints_(std::move(endpoints)),
          options_(std::move(options)) {}

    [[nodiscard]] Endpoint* find(std::string_view path) {
        const auto found = endpoints_.find(path);
        return found == endpoints_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] const Endpoints& endpoints() const { return endpoints_; }

    [[nodiscard]] Task<Result<http::Response>> receive(http::Request request) {
        const SteadyTime began = scheduler_.now();
        Taken taken;
        auto answered = co_await take(std::move(request), &taken);
        if (options_.on_request) {
            report(taken, answered.status(), scheduler_.now() - began);
        }
        co_return answered;
    }

    void check() {
        for (auto& [path, endpoint] : endpoints_) {
            check(endpoint, scheduler_.system_now());
        }
    }

    [[nodiscard]] ReceiverStats stats() const {
        ReceiverStats sum = elsewhere_;
        for (const auto& [path, endpoint] : endpoints_) {
            add(sum, endpoint.stats);
        }
        return sum;
    }

private:
    // What is known of a request so far.
    struct Taken {
        const Endpoint* endpoint = nullptr;
        std::size_t bytes = 0;
        std::string sender_id;
        std::string type;
        std::string trace_context;
        std::optional<PutResult> put;
    };

    void report(const Taken& taken, int status, Duration took) const {
        ReceiverNews news{.sender_id = taken.sender_id,
                          .type = taken.type,
                          .bytes = taken.bytes,
                          .status = status,
                          .put = taken.put,
                          .trace_context = taken.trace_context,
                          .took = took};
        if (taken.endpoint != nullptr) {
            news.path = taken.endpoint->options().path;
            news.source = taken.endpoint->sender().source;
        }
        options_.on_request(news);
    }

    [[nodiscard]] Task<http::Response> take(http::Request request, Taken* known) {
        Endpoint* endpoint = find(request.url().path());
        if (endpoint == nullptr) {
            ++elsewhere_.requests;
            ++elsewhere_.not_found;
            co_return answer(404);
        }
        const SystemTime now = scheduler_.system_now();
        auto taken = endpoint->take(request, now);
        known->endpoint = endpoint;
        known->bytes = request.body().size();
        check(*endpoint, now);
        if (!taken) {
            co_return std::move(taken).error();
        }
        known->sender_id = taken->event.sender_id;
        known->type = taken->event.type;
        if (must_shed(*endpoint, taken->event.body.size())) {
            ++endpoint->stats.shed;
            co_return refused(*endpoint, taken->event.sender_id, now);
        }
        const auto pending = begin(*endpoint, *std::move(taken), now);
        known->trace_context = pending->trace_context;
        const auto budget = endpoint->sender().budget * options_.budget_percent / percent;
        co_await scheduler_.wait(&pending->over, scheduler_.now() + budget);
        if (!pending->result) {
            ++endpoint->stats.late;
            co_return refused(*endpoint, pending->sender_id, now);
        }
        if (*pending->result) {
            known->put = **pending->result;
        }
        co_return told(*endpoint, pending->sender_id, *pending->result);
    }

    // Who comes again by itself is refused before the reserve is touched. What the writer itself
    // has no room for, it refuses.
    [[nodiscard]] bool must_shed(const Endpoint& endpoint, std::size_t bytes) const {
        const std::size_t part =
            static_cast<std::size_t>(percent) -
            (endpoint.sender().retries ? static_cast<std::size_t>(options_.reserve_percent) : 0U);
        const auto waiting_max = writer_.options().waiting_max;
        return writer_.stats().waiting * percent >= waiting_max * part ||
               (*bytes_waiting_ != 0 &&
                *bytes_waiting_ + bytes > options_.waiting_bytes_max / percent * part);
    }

    [[nodiscard]] std::shared_ptr<Pending> begin(const Endpoint& endpoint, Incoming in,
                                                 SystemTime now) {
        const auto pending = std::make_shared<Pending>();
        pending->bytes_waiting = bytes_waiting_;
        pending->bytes = in.event.body.size();
        *bytes_waiting_ += pending->bytes;
        pending->watch = endpoint.watch;
        pending->sender_id = in.event.sender_id;
        NewJob job = endpoint.job_of(in);
        pending->trace_context = job.trace_context;
        writer_.post<PutResult>(
            [delivery =
                 Delivery{.event = std::move(in.event), .job = std::move(job), .received = now}](
                Store& store) {
                return store.put(delivery.event, delivery.job, delivery.received);
            },
            [pending](Result<PutResult> result) { pending->told(std::move(result)); });
        return pending;
    }

    [[nodiscard]] http::Response told(Endpoint& endpoint, const std::string& id,
                                      const Result<PutResult>& result) {
        if (!result) {
            return not_stored(endpoint, id, result.error());
        }
        endpoint.stats.last = scheduler_.system_now();
        switch (result->put) {
            case Put::stored:
                ++endpoint.stats.stored;
                break;
            case Put::duplicate:
                ++endpoint.stats.duplicates;
                return answer(200);
            case Put::revived:
                ++endpoint.stats.revived;
                break;
            case Put::replayed:
                ++endpoint.stats.replayed;
                alarm(ReceiverAlarm::What::replayed, endpoint, id);
                return answer(200);
            case Put::conflict:
                ++endpoint.stats.conflicts;
                alarm(ReceiverAlarm::What::conflict, endpoint, id);
                return answer(200);
        }
        if (options_.on_job) {
            options_.on_job(*result, endpoint.options().queue);
        }
        return answer(200);
    }

    [[nodiscard]] http::Response not_stored(Endpoint& endpoint, const std::string& id,
                                            const Error& error) {
        if (error.kind() == ErrorKind::too_large) {  // the store's limit is lower than ours
            ++endpoint.stats.too_large;
            return answer(413);
        }
        if (error.kind() == ErrorKind::overloaded) {
            ++endpoint.stats.shed;
        } else {
            ++endpoint.stats.failed;
            if (options_.on_store_error) {
                options_.on_store_error(error);
            }
        }
        return refused(endpoint, id, scheduler_.system_now());
    }

    [[nodiscard]] http::Response refused(Endpoint& endpoint, const std::string& id,
                                         SystemTime now) {
        if (endpoint.watch) {
            endpoint.watch->refused(id, now);
            alarm(ReceiverAlarm::What::refused, endpoint, id);
        }
        auto refusal = answer(503);
        if (endpoint.sender().retries) {
            const auto seconds = std::chrono::ceil<std::chrono::seconds>(options_.retry_after);
            refusal.header("retry-after", std::to_string(seconds.count()));
        }
        return refusal;
    }

    void check(Endpoint& endpoint, SystemTime now) {
        using State = RedeliveryWatch::State;
        const State state = endpoint.watch ? endpoint.watch->state(now) : State::fine;
        if (state == std::exchange(endpoint.alarmed, state)) {
            return;
        }
        if (state == State::alarm) {
            alarm(ReceiverAlarm::What::redelivery_ends, endpoint, {});
        } else if (state == State::lost) {
            alarm(ReceiverAlarm::What::redelivery_ended, endpoint, {});
        }
    }

    void alarm(ReceiverAlarm::What what, const Endpoint& endpoint, std::string id) {
        if (options_.on_alarm) {
            options_.on_alarm(
                {.what = what, .path = endpoint.options().path, .sender_id = std::move(id)});
        }
    }

    runtime::Scheduler& scheduler_;
    StoreWriter& writer_;
    Endpoints endpoints_;
    ReceiverOptions options_;
    // The bodies of what waits for the disk, which may come there after us.
    std::shared_ptr<std::size_t> bytes_waiting_ = std::make_shared<std::size_t>(0);
    ReceiverStats elsewhere_;
};

WebhookReceiver::WebhookReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebhookReceiver::~WebhookReceiver() = default;

Result<std::unique_ptr<WebhookReceiver>> WebhookReceiver::create(
    runtime::Scheduler& scheduler, StoreWriter& writer, std::vector<ReceiverEndpoint> endpoints,
    ReceiverOptions options) {
    APILAB_CHECK(validate(options));
    Impl::Endpoints made;
    for (auto& one : endpoints) {
        APILAB_TRY(auto endpoint, Endpoint::create(std::move(one), options.redelivery));
        std::string path = endpoint.options().path;
        if (!made.emplace(path, std::move(endpoint)).second) {
            return internal::bad_field(
                "path", fmt::format("every path once, and {} stands there twice", path));
        }
    }
    auto impl = std::make_unique<Impl>(scheduler, writer, std::move(made), std::move(options));
    return std::unique_ptr<WebhookReceiver>(new WebhookReceiver(std::move(impl)));
}

Task<Result<http::Response>> WebhookReceiver::call(http::Request request,
                                                   runtime::CallContext /*context*/) {
    return impl_->receive(std::move(request));
}

Result<void> WebhookReceiver::set_secrets(std::string_view path, std::vector<Secret> secrets) {
    Endpoint* endpoint = impl_->find(path);
    return endpoint == nullptr ? internal::bad_field("path", "one of the receiver's")
                               : endpoint->set_secrets(std::move(secrets));
}

void WebhookReceiver::checked_until(std::string_view path, SystemTime time) {
    if (Endpoint* endpoint = impl_->find(path); endpoint != nullptr && endpoint->watch) {
        endpoint->watch->checked_until(time);
    }
}

void WebhookReceiver::check() {
    impl_->check();
}

ReceiverStats WebhookReceiver::stats() const {
    return impl_->stats();
}

ReceiverStats WebhookReceiver::stats_of(std::string_view path) const {
    const Endpoint* endpoint = impl_->find(path);
    return endpoint == nullptr ? ReceiverStats{} : endpoint->stats;
}

std::size_t WebhookReceiver::body_max() const {
    std::size_t largest = 0;
    for (const auto& [path, endpoint] : impl_->endpoints()) {
        largest = std::max(largest, endpoint.options().body_max);
    }
    return largest;
}

}  // namespace apilab::work
