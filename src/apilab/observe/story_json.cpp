#include "apilab/observe/story_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "apilab/base/base64.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/utf8.hpp"
#include "apilab/http/date.hpp"
#include "apilab/observe/internal/story_words.hpp"

namespace apilab::observe {
namespace {

namespace json = boost::json;

json::value text_value(std::string_view text) {
    const auto shown = Scrubber::of_process().scrubbed(text);
    if (valid_utf8(shown)) {
        return json::value(shown);
    }
    return json::object{{"base64", base64_encode(shown)}};
}

// An object in the making that leaves defaults out.
class Fields {
public:
    void text(std::string_view name, std::string_view value) {
        if (!value.empty()) {
            object_[name] = text_value(value);
        }
    }
    template <class Number>
    void number(std::string_view name, Number value) {
        if (value != Number{}) {
            object_[name] = value;
        }
    }
    void flag(std::string_view name, bool value) {
        if (value) {
            object_[name] = true;
        }
    }
    void duration(std::string_view name, Duration value) {
        number(name, std::clamp(value, -StoryLimits::time_max, StoryLimits::time_max).count());
    }
    void moment(std::string_view name, SteadyTime value, SteadyTime from) {
        std::int64_t offset = 0;
        if (__builtin_sub_overflow(value.time_since_epoch().count(),
                                   from.time_since_epoch().count(), &offset)) {
            offset = value < from ? -StoryLimits::time_max.count() : StoryLimits::time_max.count();
        }
        duration(name, Duration(offset));
    }
    template <class E>
    void word(std::string_view name, E value) {
        if (value != E{}) {
            object_[name] = to_string(value);
        }
    }
    void hex(std::string_view name, std::uint64_t value) {
        if (value != 0) {
            object_[name] = http::span_id(value);
        }
    }
    void value(std::string_view name, json::value value) { object_[name] = std::move(value); }
    template <class List, class Make>
    void list(std::string_view name, const List& list, Make make) {
        if (list.empty()) {
            return;
        }
        json::array array;
        for (const auto& element : list) {
            array.push_back(make(element));
        }
        object_[name] = std::move(array);
    }
    [[nodiscard]] json::object take() { return std::move(object_); }

private:
    json::object object_;
};

json::object phases_object(const http::Phases& phases) {
    Fields fields;
    fields.duration("queue", phases.queue);
    fields.duration("resolve", phases.resolve);
    fields.duration("connect", phases.connect);
    fields.duration("tls", phases.tls);
    fields.duration("send", phases.send);
    fields.duration("first_byte", phases.first_byte);
    fields.duration("receive", phases.receive);
    return fields.take();
}

json::object attempt_object(const http::AttemptRecord& attempt, SteadyTime from) {
    Fields fields;
    fields.number("number", attempt.number);
    fields.number("hop", attempt.hop);
    fields.flag("hedge", attempt.hedge);
    fields.moment("started", attempt.started, from);
    fields.duration("elapsed", attempt.elapsed);
    if (auto phases = phases_object(attempt.phases); !phases.empty()) {
        fields.value("phases", std::move(phases));
    }
    fields.flag("reused_connection", attempt.reused_connection);
    fields.flag("replayed", attempt.replayed);
    fields.flag("tls_resumed", attempt.tls_resumed);
    fields.number("status", attempt.status);
    if (attempt.error) {
        fields.value("error", json::value(to_string(*attempt.error)));
    }
    fields.text("error_message", attempt.error_message);
    fields.word("outcome", attempt.outcome);
    fields.number("bytes_sent", attempt.bytes_sent);
    fields.number("bytes_received", attempt.bytes_received);
    fields.hex("span", attempt.span);
    return fields.take();
}

json::object wait_object(const http::WaitRecord& wait, SteadyTime from) {
    Fields fields;
    fields.number("after_attempt", wait.after_attempt);
    fields.value("cause", json::value(to_string(wait.cause)));
    fields.moment("started", wait.started, from);
    fields.duration("planned", wait.planned);
    fields.duration("elapsed", wait.elapsed);
    return fields.take();
}

json::object decision_object(const http::DecisionRecord& decision) {
    Fields fields;
    fields.number("after_attempt", decision.after_attempt);
    fields.number("max_attempts", decision.max_attempts);
    fields.value("verdict", json::value(internal::verdict_word(decision.verdict)));
    fields.word("reason", decision.reason);
    fields.word("ending", decision.ending);
    fields.number("status", decision.status);
    if (decision.error) {
        fields.value("error", json::value(to_string(*decision.error)));
    }
    fields.word("outcome", decision.outcome);
    fields.duration("wait", decision.wait);
    fields.word("wait_cause", decision.wait_cause);
    if (decision.budget_left) {
        fields.value("budget_left", *decision.budget_left);
    }
    fields.number("budget_size", decision.budget_size);
    fields.flag("retry_after_garbage", decision.retry_after_garbage);
    fields.flag("applied_before", decision.applied_before);
    fields.text("target", decision.target);
    fields.flag("credentials_dropped", decision.credentials_dropped);
    fields.word("cache", decision.cache);
    return fields.take();
}

json::object cache_object(const http::CacheRecord& cache) {
    Fields fields;
    fields.value("how", json::value(to_string(cache.how)));
    fields.word("use", cache.use);
    fields.flag("stored", cache.stored);
    fields.flag("collapsed", cache.collapsed);
    if (cache.ttl) {
        fields.value("ttl",
                     std::clamp(*cache.ttl, -StoryLimits::time_max, StoryLimits::time_max).count());
    }
    fields.number("fwd_status", cache.fwd_status);
    return fields.take();
}

json::object trace_object(const http::CallRecord& call) {
    Fields fields;
    fields.hex("high", call.trace.high);
    fields.hex("low", call.trace.low);
    fields.hex("span", call.trace.span);
    fields.flag("sampled", call.trace.sampled);
    fields.hex("parent", call.parent_span);
    return fields.take();
}

void put_name(Fields& fields, const http::CallRecord& call) {
    fields.text("id", call.id);
    fields.text("provider", call.provider);
    fields.text("operation", call.operation);
    fields.text("method", call.method);
    fields.text("url_template", call.url_template);
    fields.text("origin", call.origin);
    fields.word("effect", call.effect);
    fields.text("idempotency_key", call.idempotency_key);
    fields.text("follows", call.follows);
}

json::object call_object(const http::CallRecord& call) {
    const auto from = call.started;
    Fields fields;
    put_name(fields, call);
    fields.number("clock", call.started.time_since_epoch().count());
    fields.duration("elapsed", call.elapsed);
    fields.list("attempts", call.attempts,
                [&](const auto& attempt) { return attempt_object(attempt, from); });
    fields.list("waits", call.waits, [&](const auto& wait) { return wait_object(wait, from); });
    fields.list("decisions", call.decisions, decision_object);
    if (call.cache) {
        fields.value("cache", cache_object(*call.cache));
    }
    fields.number("status", call.status);
    if (call.error) {
        fields.value("error", json::value(to_string(*call.error)));
    }
    fields.word("ending", call.ending);
    if (call.deadline < from + StoryLimits::time_max) {
        fields.value("deadline", (call.deadline - from).count());
    }
    if (auto trace = trace_object(call); !trace.empty()) {
        fields.value("trace", std::move(trace));
    }
    return fields.take();
}

json::array header_list(const http::Headers& headers) {
    json::array list;
    for (const auto& [name, value] : headers) {
        list.push_back(json::object{{"name", text_value(name)}, {"value", text_value(value)}});
    }
    return list;
}

void put_message(Fields& fields, const http::Headers& headers, std::string_view body,
                 std::uint64_t size) {
    if (!headers.empty()) {
        fields.value("headers", header_list(headers));
    }
    fields.text("body", body);
    fields.number("body_size", size);
}

json::object exchange_object(const Exchange& exchange) {
    Fields request;
    request.text("method", exchange.method);
    request.text("url", exchange.url);
    put_message(request, exchange.request_headers, exchange.request_body,
                exchange.request_body_size);
    Fields fields;
    fields.number("attempt", std::uint64_t{exchange.attempt});
    fields.value("request", request.take());
    if (exchange.answered) {
        Fields answer;
        answer.text("reason", exchange.reason);
        put_message(answer, exchange.response_headers, exchange.response_body,
                    exchange.response_body_size);
        fields.value("answer", answer.take());
    }
    return fields.take();
}

// To the nanosecond.
std::string calendar(SystemTime time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    auto text = http::format_iso_time(second);
    text.pop_back();
    return fmt::format("{}.{:09}Z", text, (time - second).count());
}

}  // namespace

std::string story_json(const Story& story) {
    Fields fields;
    fields.value("version", internal::story_version);
    fields.value("started", json::value(calendar(story.started)));
    fields.value("call", call_object(story.record));
    fields.list("exchanges", story.exchanges, exchange_object);
    return json::serialize(fields.take());
}

}  // namespace apilab::observe
