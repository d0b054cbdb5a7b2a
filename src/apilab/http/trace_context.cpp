#include "apilab/http/trace_context.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

namespace apilab::http {
namespace {

// Lower case only (section 3.2.1).
bool is_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::uint64_t number_of(std::string_view hex) {
    std::uint64_t number = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
    return number;
}

bool is_key_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' ||
           c == '/' || c == '@';
}

bool is_member(std::string_view member) {
    constexpr std::size_t part_max = 256;
    const auto equals = member.find('=');
    if (equals == std::string_view::npos || equals == 0) {
        return false;
    }
    const auto key = member.substr(0, equals);
    const auto value = member.substr(equals + 1);
    const bool printable = std::ranges::all_of(
        value, [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
    return key.size() <= part_max && value.size() <= part_max && !value.empty() && printable &&
           value.back() != ' ' && std::ranges::all_of(key, is_key_char);
}

}  // namespace

std::optional<TraceContext> TraceContext::parse(std::string_view text) {
    // 00-<32>-<16>-<2>
    constexpr std::size_t size = 55;
    if (text.size() < size || text[2] != '-' || text[35] != '-' || text[52] != '-') {
        return std::nullopt;
    }
    const auto version = text.substr(0, 2);
    const auto trace = text.substr(3, 32);
    const auto parent = text.substr(36, 16);
    const auto flags = text.substr(53, 2);
    if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(flags) ||
        version == "ff") {
        return std::nullopt;
    }
    if (version == "00" ? text.size() > size : text.size() > size && text[size] != '-') {
        return std::nullopt;
    }
    const TraceContext context{.high = number_of(trace.substr(0, 16)),
                               .low = number_of(trace.substr(16)),
                               .span = number_of(parent),
                               .sampled = (number_of(flags) & 1) != 0};
    return context.exists() && context.span != 0 ? std::optional(context) : std::nullopt;
}

std::string TraceContext::traceparent() const {
    // In each attempt of a traced call: one allocation, and not one for each time that it grows.
    std::string text;
    constexpr std::size_t size = 55;
    text.reserve(size);
    fmt::format_to(std::back_inserter(text), FMT_COMPILE("00-{:016x}{:016x}-{:016x}-{:02x}"), high,
                   low, span, sampled ? 1 : 0);
    return text;
}

std::string TraceContext::trace_id() const {
    return fmt::format(FMT_COMPILE("{:016x}{:016x}"), high, low);
}

std::string span_id(std::uint64_t span) {
    return fmt::format(FMT_COMPILE("{:016x}"), span);
}

bool valid_tracestate(std::string_view text) {
    constexpr std::size_t size_max = 512;
    constexpr std::size_t members_max = 32;
    constexpr std::string_view blank = " \t";
    if (text.size() > size_max) {
        return false;
    }
    std::set<std::string_view> keys;
    std::size_t members = 0;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto member = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        member.remove_prefix(std::min(member.find_first_not_of(blank), member.size()));
        member = member.substr(0, member.find_last_not_of(blank) + 1);
        if (member.empty()) {
            continue;  // allowed by section 3.3.1.1
        }
        if (!is_member(member) || !keys.insert(member.substr(0, member.find('='))).second ||
            ++members > members_max) {
            return false;
        }
    }
    return true;
}

}  // namespace apilab::http
