#include "apilab/sandbox/google/upload.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox::google {
namespace {

using Read = std::expected<Upload, std::string>;

Read from_text(std::string_view raw, std::string thread) {
    auto mail = parse_mail(raw);
    if (!mail) {
        return std::unexpected(
            "'raw' RFC822 payload message string or uploading message via "
            "/upload/* URL required");
    }
    return Upload{.mail = *std::move(mail), .thread = std::move(thread)};
}

Read from_json(std::string_view body) {
    const auto document = http::JsonDocument::parse(body);
    if (!document) {
        return std::unexpected("Invalid JSON payload received.");
    }
    const auto raw = base64url_decode(document->root()["raw"].string_or(""));
    return raw ? from_text(*raw, std::string(document->root()["threadId"].string_or("")))
               : Read(std::unexpected("Invalid value for ByteString"));
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
    const auto document = http::JsonDocument::parse(parts[0]);
    return from_text(parts[1],
                     document ? std::string(document->root()["threadId"].string_or("")) : "");
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

}  // namespace apilab::sandbox::google
