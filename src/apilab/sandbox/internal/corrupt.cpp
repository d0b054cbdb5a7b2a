#include "apilab/sandbox/internal/corrupt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>

namespace apilab::sandbox::internal {

namespace {

using Bytes = std::shared_ptr<const std::string>;
using namespace std::string_view_literals;

constexpr std::string_view maintenance =
    "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
    "<body><h1>We will be back soon</h1></body></html>\n";

// A gzip file (RFC 1952) of `[`, 256 times 4 MiB of spaces and `]`. A compressor would take seconds
// for it, and what it makes of 4 MiB is the same each time: a block with its own code, in which
// "258 bytes as before" is two bits.
Bytes make_bomb() {
    constexpr std::size_t units = 256;
    constexpr std::size_t zeros = 4063;
    constexpr auto head = "\x1f\x8b\x08\0\0\0\0\0\0\xff"sv;
    constexpr auto open = "\0\x01\0\xfe\xff["sv;
    constexpr auto unit_head = "\xec\xc1\x81\0\0\0\0\xc3\x20\x95\xf9\x53\x1e\xe4\x55\x01"sv;
    constexpr auto unit_tail = "\x7c\x1b\0\0\0\xff\xff"sv;
    constexpr auto close = "\x01\x01\0\xfe\xff]"sv;
    constexpr auto sum_and_size = "\x8d\x5f\x8e\xbc\x02\0\0\x40"sv;
    auto bytes = std::make_shared<std::string>();
    bytes->reserve(units * (unit_head.size() + zeros + unit_tail.size()) + 64);
    bytes->append(head).append(open);
    for (std::size_t i = 0; i < units; ++i) {
        bytes->append(unit_head).append(zeros, '\0').append(unit_tail);
    }
    bytes->append(close).append(sum_and_size);
    return bytes;
}

Bytes bomb() {
    static const Bytes bytes = make_bomb();
    return bytes;
}

Bytes huge() {
    static std::mutex mutex;
    static std::weak_ptr<const std::string> last;
    const std::lock_guard lock(mutex);
    if (auto bytes = last.lock()) {
        return bytes;
    }
    constexpr std::size_t size = std::size_t{112} << 20U;
    auto bytes = std::make_shared<std::string>(size, ',');
    for (std::size_t i = 1; i < size; i += 2) {
        (*bytes)[i] = '0';
    }
    bytes->front() = '[';
    bytes->back() = ']';
    (*bytes)[size - 2] = ' ';
    last = bytes;
    return bytes;
}

// In the middle, and not where a value or a member has just ended.
std::string cut(std::string_view body) {
    std::size_t end = body.size() / 2;
    while (end > 1 && ",{}[]: \n"sv.contains(body[end - 1])) {
        --end;
    }
    return std::string(body.substr(0, end));
}

// Two bytes of which the second cannot follow the first (RFC 3629), in the first string that is a
// value.
std::string with_bad_bytes(std::string body) {
    const auto value = body.find(":\"");
    return body.insert(value == std::string::npos ? body.size() : value + 2, "\xc3\x28");
}

struct Member {
    std::string name;
    std::string value;
    std::size_t end = 0;
};

// The scalar member whose name ends at `quote`, the position of `":`.
std::optional<Member> member_at(std::string_view body, std::size_t quote) {
    const auto open = quote == 0 ? std::string_view::npos : body.rfind('"', quote - 1);
    const auto begin = body.find_first_not_of(" \t\r\n", quote + 2);
    if (open == std::string_view::npos || begin == std::string_view::npos ||
        "[{"sv.contains(body[begin])) {
        return std::nullopt;
    }
    std::size_t end = begin + 1;
    if (body[begin] == '"') {
        while (end < body.size() && body[end] != '"') {
            end += body[end] == '\\' ? 2 : 1;
        }
        ++end;
    } else {
        end = std::min(body.find_first_of(",}] \t\r\n", begin), body.size());
    }
    if (end > body.size()) {
        return std::nullopt;
    }
    return Member{.name = std::string(body.substr(open, quote + 1 - open)),
                  .value = std::string(body.substr(begin, end - begin)),
                  .end = end};
}

// An `id` where there is one, else the first scalar.
std::optional<Member> member_to_double(std::string_view body) {
    constexpr std::size_t tries = 100;
    for (const auto wanted : {"\"id\":"sv, "\":"sv}) {
        std::size_t from = 0;
        for (std::size_t i = 0; i < tries; ++i) {
            const auto found = body.find(wanted, from);
            if (found == std::string_view::npos) {
                break;
            }
            if (auto member = member_at(body, found + wanted.size() - 2)) {
                return member;
            }
            from = found + wanted.size();
        }
    }
    return std::nullopt;
}

std::string plain(std::string_view value) {
    return std::string(value.starts_with('"') ? value.substr(1, value.size() - 2) : value);
}

std::optional<std::string> with_twin(std::string body, std::map<std::string, std::string>& facts) {
    const auto member = member_to_double(body);
    if (!member) {
        return std::nullopt;
    }
    const bool text = member->value.starts_with('"');
    const bool number = !text && member->value.find_first_not_of("0123456789") == std::string::npos;
    const std::string other = text ? member->value.substr(0, member->value.size() - 1) + "-twin\""
                              : number ? "999000" + member->value
                                       : std::string("\"twin\"");
    facts.insert_or_assign("twin", fmt::format("{} {}", plain(member->value), plain(other)));
    return body.insert(member->end, fmt::format(",{}:{}", member->name, other));
}

std::string deep() {
    constexpr std::size_t levels = 100'000;
    return std::string(levels, '[') + std::string(levels, ']');
}

bool spoil(Corrupt kind, http::Response& answer, std::map<std::string, std::string>& facts) {
    switch (kind) {
        case Corrupt::none:
            return false;
        case Corrupt::html:
            answer.body(std::string(maintenance));
            answer.header("content-type", "text/html; charset=utf-8");
            return true;
        case Corrupt::wrong_type:
            answer.header("content-type", "text/html; charset=utf-8");
            return true;
        case Corrupt::truncated_json:
            answer.body(cut(answer.body()));
            return true;
        case Corrupt::invalid_utf8:
            answer.body(with_bad_bytes(answer.body()));
            return true;
        case Corrupt::bom:
            answer.body("\xef\xbb\xbf" + answer.body());
            return true;
        case Corrupt::duplicate_keys: {
            auto body = with_twin(answer.body(), facts);
            if (!body) {
                return false;
            }
            answer.body(*std::move(body));
            return true;
        }
        case Corrupt::deep:
            answer.body(deep());
            return true;
        case Corrupt::huge:
            answer.shared_body(huge());
            return true;
        case Corrupt::gzip_bomb:
            answer.shared_body(bomb());
            answer.header("content-encoding", "gzip");
            return true;
    }
    return false;
}

}  // namespace

std::string_view to_string(Corrupt kind) {
    constexpr std::array<std::string_view, 10> names{
        "none",           "html", "truncated_json", "invalid_utf8", "bom",
        "duplicate_keys", "deep", "huge",           "gzip_bomb",    "wrong_type"};
    return names.at(static_cast<std::size_t>(kind));
}

void corrupt_answer(Corrupt kind, http::Response& answer,
                    std::map<std::string, std::string>& facts) {
    if (kind != Corrupt::none && !answer.body().empty() && spoil(kind, answer, facts)) {
        facts.insert_or_assign("corrupt", std::string(to_string(kind)));
    }
}

}  // namespace apilab::sandbox::internal
