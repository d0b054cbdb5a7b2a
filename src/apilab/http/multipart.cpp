#include "apilab/http/multipart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/headers.hpp"

namespace apilab::http {
namespace {

constexpr std::string_view line_end = "\r\n";

std::unexpected<Error> refuse(std::string detail, std::string message) {
    return fail(
        Error(ErrorKind::invalid_argument, std::move(message)).with_detail(std::move(detail)));
}

Result<void> in_range(std::string_view name, std::uint64_t value, std::uint64_t low,
                      std::uint64_t high) {
    if (value >= low && value <= high) {
        return {};
    }
    return refuse(std::string(name),
                  fmt::format("{} is {}; allowed are {} to {}", name, value, low, high));
}

void append_escaped(std::string& out, std::string_view name) {
    for (const char c : name) {
        switch (c) {
            case '"':
                out += "%22";
                break;
            case '\r':
                out += "%0D";
                break;
            case '\n':
                out += "%0A";
                break;
            default:
                out += c;
        }
    }
}

// 62 letters and digits, so that no reader has to be told about quoting; 24 of them are 142 bits.
std::string draw_boundary(Rng& rng) {
    constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    constexpr int length = 24;
    std::string boundary = "apilab-";
    for (int i = 0; i < length; ++i) {
        boundary += letters[static_cast<std::size_t>(
            rng.between(0, static_cast<std::int64_t>(letters.size()) - 1))];
    }
    return boundary;
}

}  // namespace

Result<void> MultipartLimits::validate() const {
    constexpr std::uint64_t tebibyte = std::uint64_t{1} << 40;
    APILAB_CHECK(in_range("parts_max", parts_max, 1, 100'000));
    return in_range("bytes_max", bytes_max, 1, tebibyte);
}

Multipart& Multipart::field(std::string name, std::string value) & {
    parts_.push_back({.field = std::move(name), .file = {.content = std::move(value)}});
    return *this;
}

Multipart&& Multipart::field(std::string name, std::string value) && {
    return std::move(field(std::move(name), std::move(value)));
}

Multipart& Multipart::file(std::string field_name, File file) & {
    parts_.push_back({.field = std::move(field_name), .is_file = true, .file = std::move(file)});
    return *this;
}

Multipart&& Multipart::file(std::string field_name, File file) && {
    return std::move(this->file(std::move(field_name), std::move(file)));
}

Result<void> Multipart::check() const {
    APILAB_CHECK(limits_.validate());
    if (parts_.size() > limits_.parts_max) {
        return fail(
            Error(ErrorKind::too_large, fmt::format("the form has {} parts; {} at most are allowed",
                                                    parts_.size(), limits_.parts_max))
                .with_detail("parts"));
    }
    std::uint64_t size = 0;
    for (const auto& part : parts_) {
        if (part.field.empty()) {
            return refuse("", "a field of the form has no name");
        }
        if (part.field.contains('\0') || part.file.name.contains('\0')) {
            return refuse(part.field, "a name in the form holds NUL");
        }
        if (part.file.name.find_first_of("/\\") != std::string::npos) {
            return refuse(part.field,
                          "a file's name in the form holds a folder; give the last "
                          "part of its path");
        }
        if (part.is_file &&
            (part.file.content_type.empty() || !valid_field_value(part.file.content_type))) {
            return refuse(part.field,
                          "a file's content type in the form is empty, or holds CR, LF or NUL");
        }
        size += part.file.content.size();
    }
    // Before anything is copied; the encoded size is asked again.
    if (size > limits_.bytes_max) {
        return fail(
            Error(ErrorKind::too_large, fmt::format("the form exceeds {} bytes", limits_.bytes_max))
                .with_detail("multipart"));
    }
    return {};
}

Result<std::string> Multipart::choose_boundary(Rng& rng) const {
    constexpr int tries = 16;
    for (int i = 0; i < tries; ++i) {
        std::string boundary = draw_boundary(rng);
        if (std::ranges::none_of(parts_, [&](const Part& part) {
                return part.field.contains(boundary) || part.file.name.contains(boundary) ||
                       part.file.content_type.contains(boundary) ||
                       part.file.content.contains(boundary);
            })) {
            return boundary;
        }
    }
    return fail(
        ErrorKind::internal,
        fmt::format("{} boundaries in a row occurred in the form: this is no chance", tries));
}

Result<Multipart::Encoded> Multipart::encode(Rng& rng) const {
    APILAB_CHECK(check());
    APILAB_TRY(const std::string boundary, choose_boundary(rng));
    std::string body;
    for (const auto& part : parts_) {
        body.append("--").append(boundary).append(line_end);
        body += "content-disposition: form-data; name=\"";
        append_escaped(body, part.field);
        body += '"';
        if (part.is_file) {
            body += "; filename=\"";
            append_escaped(body, part.file.name);
            body += "\"\r\ncontent-type: ";
            body += part.file.content_type;
        }
        body.append(line_end).append(line_end).append(part.file.content).append(line_end);
    }
    body.append("--").append(boundary).append("--").append(line_end);
    if (body.size() > limits_.bytes_max) {
        return fail(
            Error(ErrorKind::too_large, fmt::format("the form exceeds {} bytes", limits_.bytes_max))
                .with_detail("multipart"));
    }
    return Encoded{.content_type = "multipart/form-data; boundary=" + boundary,
                   .body = std::move(body)};
}

}  // namespace apilab::http
