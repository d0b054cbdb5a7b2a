#include "apilab/data/decode_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "apilab/base/scrubber.hpp"

namespace apilab::data {
namespace {

constexpr std::size_t shown_max = 40;

std::string_view type_of(const http::Json& value) {
    switch (value.kind()) {
        case http::Json::Kind::missing:
            return "nothing";
        case http::Json::Kind::null:
            return "null";
        case http::Json::Kind::boolean:
            return "true or false";
        case http::Json::Kind::integer:
            return "an integer";
        case http::Json::Kind::number:
            return "a number with a fraction or exponent";
        case http::Json::Kind::string:
            return "a string";
        case http::Json::Kind::array:
            return "a list";
        case http::Json::Kind::object:
            return "an object";
    }
    return "?";
}

/// A beginning of it that can stand in a message: no secret, no control character, no half of a
/// letter.
std::string shown(std::string_view text) {
    // A secret that the cut would tear has to be found first; a long text is not searched whole.
    std::string clean(text.substr(0, 4096));
    Scrubber::of_process().scrub(clean);
    if (clean.size() > shown_max) {
        std::size_t end = shown_max;
        while (end > 0 && (static_cast<unsigned char>(clean[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        clean.resize(end);
        clean += "...";
    }
    std::ranges::replace_if(
        clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
    return clean;
}

std::string found_text(DriftKind kind, const http::Json& value) {
    const auto text = value.string();
    const bool telling = kind == DriftKind::unknown_enum || kind == DriftKind::invalid_time;
    return telling && text ? fmt::format("\"{}\"", shown(*text)) : std::string(type_of(value));
}

void append_steps(const Place& place, bool exact, std::string& out) {
    if (place.parent != nullptr) {
        append_steps(*place.parent, exact, out);
    }
    if (place.kind == Place::Kind::root) {
        return;
    }
    if (!exact && place.kind != Place::Kind::member) {
        out += "/*";
    } else if (place.kind == Place::Kind::element) {
        fmt::format_to(std::back_inserter(out), "/{}", place.index);
    } else {
        // A key comes from outside: as short and clean in a message as a value is.
        out += http::pointer_step(place.key.size() > shown_max ? shown(place.key) : place.key);
    }
}

/// Of kind and pattern (FNV-1a).
std::uint64_t hash_of(DriftKind kind, const Place& place) {
    std::uint64_t hash = 0xcbf29ce484222325U ^ static_cast<std::uint64_t>(kind);
    const auto mix = [&hash](char c) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    };
    for (const Place* at = &place; at != nullptr; at = at->parent) {
        mix('/');
        if (at->kind == Place::Kind::member) {
            std::ranges::for_each(at->key, mix);
        } else {
            mix(at->kind == Place::Kind::root ? '^' : '*');
        }
    }
    return hash;
}

}  // namespace

std::string_view to_string(OnDrift policy) {
    switch (policy) {
        case OnDrift::strict:
            return "strict";
        case OnDrift::tolerant:
            return "tolerant";
        case OnDrift::discard_item:
            return "discard_item";
        case OnDrift::discard_value:
            return "discard_value";
    }
    return "?";
}

std::string Place::pointer() const {
    std::string out;
    append_steps(*this, true, out);
    Scrubber::of_process().scrub(out);
    return out;
}

std::string Place::pattern() const {
    std::string out;
    append_steps(*this, false, out);
    Scrubber::of_process().scrub(out);
    return out;
}

void DecodeContext::note(DriftKind kind, const Place& at, std::string_view expected,
                         http::Json found) {
    ++report_.counts.at(static_cast<std::size_t>(kind));
    const auto hash = hash_of(kind, at);
    const auto known = std::ranges::find(hashes_, hash);
    if (known != hashes_.end()) {
        ++report_.entries[static_cast<std::size_t>(known - hashes_.begin())].times;
        return;
    }
    if (hashes_.size() < options_->drift_entries_max) {
        hashes_.push_back(hash);
        report_.entries.push_back({.kind = kind,
                                   .pointer = at.pointer(),
                                   .pattern = at.pattern(),
                                   .expected = std::string(expected),
                                   .found = found_text(kind, found),
                                   .times = 1});
    }
}

Step DecodeContext::refuse(DriftKind kind, const Place& at, std::string_view expected,
                           http::Json found) {
    const Drift one{.kind = kind,
                    .pointer = at.pointer(),
                    .pattern = {},
                    .expected = std::string(expected),
                    .found = found_text(kind, found),
                    .times = 1};
    return fail_with(Error(ErrorKind::decode, one.to_string()).with_detail(one.pointer));
}

Step DecodeContext::drift(DriftKind kind, const Place& at, std::string_view expected,
                          http::Json found) {
    if (policy == OnDrift::strict) {
        return refuse(kind, at, expected, found);
    }
    note(kind, at, expected, found);
    return verdict(at);
}

Step DecodeContext::addition(DriftKind kind, const Place& at, std::string_view expected,
                             http::Json found) {
    if (policy == OnDrift::strict) {
        return refuse(kind, at, expected, found);
    }
    note(kind, at, expected, found);
    return Step::kept;
}

Step DecodeContext::mismatch(const Place& at, std::string_view expected, http::Json found) {
    return drift(found.is_null() ? DriftKind::null : DriftKind::wrong_type, at, expected, found);
}

Step DecodeContext::verdict(const Place& at) {
    switch (policy) {
        case OnDrift::strict:
            return fail_with(Error(ErrorKind::decode,
                                   fmt::format("{}: left out because of drift in it", at.pointer()))
                                 .with_detail(at.pointer()));
        case OnDrift::discard_item:
            return Step::item_dropped;
        case OnDrift::discard_value:
        case OnDrift::tolerant:
            break;
    }
    return Step::unusable;
}

bool DecodeContext::count_element(const Place& at) {
    if (++elements_ <= options_->items_max) {
        return true;
    }
    (void)fail_with(
        Error(ErrorKind::too_large, fmt::format("{}: more than {} elements in lists and maps",
                                                at.pointer(), options_->items_max))
            .with_detail(at.pointer()));
    return false;
}

bool DecodeContext::keep_raw(http::Json value, const Place& at, std::string& out) {
    value.append_to(out);
    kept_bytes_ += out.size();
    if (kept_bytes_ <= options_->kept_bytes_max) {
        return true;
    }
    (void)fail_with(Error(ErrorKind::too_large,
                          fmt::format("{}: more than {} bytes of JSON to keep as they are",
                                      at.pointer(), options_->kept_bytes_max))
                        .with_detail(at.pointer()));
    return false;
}

Step DecodeContext::fail_with(Error error) {
    if (!error_) {
        error_ = std::move(error);
    }
    return Step::failed;
}

Error DecodeContext::take_error() {
    if (error_) {
        return *std::move(error_);
    }
    if (report_.entries.empty()) {
        return {ErrorKind::decode, "the document is not what its model says"};
    }
    // The first drift that breaks something.
    const auto breaking = std::ranges::find_if(report_.entries, [](const Drift& entry) {
        return entry.kind != DriftKind::new_field && entry.kind != DriftKind::unknown_enum;
    });
    const Drift& named = breaking == report_.entries.end() ? report_.entries.front() : *breaking;
    return Error(ErrorKind::decode, named.to_string()).with_detail(named.pointer);
}

}  // namespace apilab::data
