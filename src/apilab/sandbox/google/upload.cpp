#include "apilab/sandbox/google/upload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox::google {
namespace {

using Read = std::expected<Upload, std::string>;

Read from_text(std::string_view raw, http::Json sent) {
    auto mail = parse_mail(raw);
    if (!mail) {
        return std::unexpected(
            "'raw' RFC822 payload message string or uploading message via "
            "/upload/* URL required");
    }
    Upload upload{.mail = *std::move(mail), .thread = std::string(sent["threadId"].string_or(""))};
    for (const auto label : sent["labelIds"].elements()) {
        upload.labels.emplace_back(label.string_or(""));
    }
    return upload;
}

// A draft has its message below.
http::Json message_in(http::Json sent) {
    return sent["message"].is_object() ? sent["message"] : sent;
}

Read from_parts(std::string_view metadata, std::string_view raw) {
    const auto document = http::JsonDocument::parse(metadata);
    return from_text(raw, document ? message_in(document->root()) : http::Json());
}

Read from_json(std::string_view body) {
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        return std::unexpected("Invalid JSON payload received.");
    }
    const auto sent = message_in(document->root());
    const auto raw = base64url_decode(sent["raw"].string_or(""));
    return raw ? from_text(*raw, sent) : Read(std::unexpected("Invalid value for ByteString"));
}

// Bodies of the parts, without their fields.
std::vector<std::string_view> parts_of(std::string_view body, const std::string& boundary) {
    std::vector<std::string_view> parts;
    auto at = body.find(boundary);
    while (at != std::string_view::npos) {
        const auto begin = at + boundary.size();
        at = body.find(boundary, begin);
        if (at == std::string_view::npos) {
            break;
        }
        auto part = body.substr(begin, at - begin);
        const auto head = part.find("\r\n\r\n");
        if (head != std::string_view::npos) {
            part.remove_prefix(head + 4);
            part.remove_suffix(part.ends_with("\r\n") ? 2 : 0);
            parts.push_back(part);
        }
    }
    return parts;
}

Read from_multipart(std::string_view body, std::string_view type) {
    const auto at = type.find("boundary=");
    if (at == std::string_view::npos) {
        return std::unexpected("Missing boundary.");
    }
    auto boundary = std::string(type.substr(at + 9, type.find(';', at) - at - 9));
    std::erase(boundary, '"');
    const auto parts = parts_of(body, "--" + boundary);
    if (parts.size() != 2) {
        return std::unexpected("Expected two parts: JSON and the media.");
    }
    return from_parts(parts[0], parts[1]);
}

/// `bytes 0-9/20`, or `bytes */20` to ask.
struct Range {
    std::size_t first = 0;
    std::size_t total = 0;
    bool asks = false;
};

std::optional<Range> read_range(std::string_view field, std::size_t size) {
    if (field.empty()) {
        return Range{.first = 0, .total = size};
    }
    constexpr std::string_view unit = "bytes ";
    const auto slash = field.find('/');
    if (!field.starts_with(unit) || slash == std::string_view::npos) {
        return std::nullopt;
    }
    Range range;
    const auto number = [](std::string_view text, std::size_t& into) {
        const auto read = std::from_chars(text.data(), text.data() + text.size(), into);
        return read.ec == std::errc();
    };
    const auto span = field.substr(unit.size(), slash - unit.size());
    range.asks = span == "*";
    const auto total = field.substr(slash + 1);
    if (total == "*") {
        range.total = Uploads::bytes_max + 1;  // not known yet
    } else if (!number(total, range.total)) {
        return std::nullopt;
    }
    return range.asks || number(span, range.first) ? std::optional(range) : std::nullopt;
}

}  // namespace

Read read_upload(const http::Request& request) {
    const auto type = request.headers().value("content-type");
    const auto media = ascii_lowered(type.substr(0, type.find(';')));
    if (media == "message/rfc822") {
        return from_text(request.body(), {});
    }
    return media == "multipart/related" ? from_multipart(request.body(), type)
                                        : from_json(request.body());
}

std::string Uploads::begin(std::string_view metadata) {
    if (sessions_.size() >= sessions_max) {
        sessions_.erase(sessions_.begin());  // ids grow: the first is the oldest
    }
    auto id = fmt::format("ABPtcPr{:012}", ++begun_);
    sessions_[id] = {.metadata = std::string(metadata)};
    return id;
}

Uploads::Progress Uploads::put(std::string_view id, const http::Request& request) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) {
        return {.status = 404};
    }
    auto& bytes = found->second.bytes;
    const auto range = read_range(request.headers().value("content-range"), request.body().size());
    if (!range || bytes.size() + request.body().size() > bytes_max) {
        return {.status = 400, .error = "Invalid Content-Range."};
    }
    if (!range->asks && range->first == bytes.size()) {
        bytes += request.body();
    }
    if (bytes.size() < range->total || bytes.empty()) {
        return {.status = 308, .received = bytes.size()};
    }
    auto whole = from_parts(found->second.metadata, bytes);
    const auto received = bytes.size();
    sessions_.erase(found);
    if (!whole) {
        return {.status = 400, .received = received, .error = whole.error()};
    }
    return {.status = 200, .received = received, .whole = *std::move(whole)};
}

void Uploads::clear() {
    sessions_.clear();
    begun_ = 0;
}

}  // namespace apilab::sandbox::google
