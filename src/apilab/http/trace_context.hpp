#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace apilab::http {

/// Where a call stands in a distributed trace: W3C Trace Context, level 1
/// (https://www.w3.org/TR/trace-context/). A value.
///
///     TraceContext context = *TraceContext::parse(request.headers().value("traceparent"));
///     context.traceparent();  // 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
struct TraceContext {
    /// The trace's id, its upper and lower 64 bits. Both zero: there is no trace.
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    /// The span that is meant; of a context that was received: the parent.
    std::uint64_t span = 0;
    /// Whoever began the trace keeps it, and asks the others to do so.
    bool sampled = false;

    /// The value of `traceparent`. Nothing where it does not keep to section 3.2: wrong lengths,
    /// capitals, an id of zeros, version `ff`, more after version 00. A higher version counts as
    /// far as it is known.
    [[nodiscard]] static std::optional<TraceContext> parse(std::string_view traceparent);

    [[nodiscard]] bool exists() const { return (high | low) != 0; }
    [[nodiscard]] std::string traceparent() const;
    /// 32 hexadecimal digits.
    [[nodiscard]] std::string trace_id() const;
    friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

/// 16 hexadecimal digits, as spans are written.
[[nodiscard]] std::string span_id(std::uint64_t span);

/// Is that a `tracestate` that may be passed on (section 3.3): at most 512 bytes and 32 members
/// `key=value`, each key once?
[[nodiscard]] bool valid_tracestate(std::string_view text);

}  // namespace apilab::http
