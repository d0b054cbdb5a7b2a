#include "apilab/sandbox/google/internal/batch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "apilab/http/url.hpp"
#include "apilab/sandbox/google/mail.hpp"

namespace apilab::sandbox::google {
namespace {

constexpr std::size_t calls_max = 100;

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line.remove_suffix(line.ends_with('\r') ? 1 : 0);
    return line;
}

std::string_view without_origin(std::string_view target, std::string_view prefix) {
    if (const auto scheme = target.find("://"); scheme != std::string_view::npos) {
        target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
    }
    if (!prefix.empty() && target.starts_with(prefix)) {
        target.remove_prefix(prefix.size());
    }
    return target;
}

std::expected<BatchPart, std::string> read_part(const MailPart& from, std::string_view prefix) {
    if (!from.type.starts_with("application/http")) {
        return std::unexpected(
            "Failed to parse batch request, error: part is no application/http.");
    }
    std::string_view text = from.body;
    while (text.starts_with("\r\n") || text.starts_with('\n')) {
        text.remove_prefix(text.front() == '\r' ? 2 : 1);
    }
    const auto line = take_line(text);
    const auto space = line.find(' ');
    if (space == std::string_view::npos) {
        return std::unexpected("Failed to parse batch request, error: no request line.");
    }
    const auto target = line.substr(space + 1, line.find(' ', space + 1) - space - 1);
    BatchPart part{.id = std::string(from.header("content-id")),
                   .method = std::string(line.substr(0, space)),
                   .target = std::string(without_origin(target, prefix))};
    while (!text.empty()) {
        const auto field = take_line(text);
        if (field.empty()) {
            break;
        }
        const auto colon = field.find(':');
        if (colon == std::string_view::npos) {
            return std::unexpected("Failed to parse batch request, error: a line is no field.");
        }
        auto value = field.substr(colon + 1);
        value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
        part.headers.add(std::string(field.substr(0, colon)), std::string(value));
    }
    part.body = std::string(text);
    return part;
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 429:
            return "Too Many Requests";
        default:
            return "Error";
    }
}

}  // namespace

std::expected<std::vector<BatchPart>, std::string> read_batch(const http::Request& request,
                                                              std::string_view base_url) {
    const auto type = request.headers().value("content-type");
    if (!type.starts_with("multipart/mixed")) {
        return std::unexpected("Failed to parse batch request, error: no multipart/mixed body.");
    }
    const auto mail = parse_mail(fmt::format("Content-Type: {}\r\n\r\n{}", type, request.body()));
    if (!mail || mail->root.parts.empty()) {
        return std::unexpected("Failed to parse batch request, error: no parts found.");
    }
    if (mail->root.parts.size() > calls_max) {
        return std::unexpected("The batch size is more than 100 calls.");
    }
    const auto url = http::Url::parse(base_url);
    const auto prefix = url ? std::string(url->path()) : std::string();
    std::vector<BatchPart> parts;
    for (const auto& one : mail->root.parts) {
        auto part = read_part(one, prefix == "/" ? "" : prefix);
        if (!part) {
            return std::unexpected(std::move(part).error());
        }
        if (!part->headers.contains("authorization")) {
            part->headers.add("authorization",
                              std::string(request.headers().value("authorization")));
        }
        parts.push_back(*std::move(part));
    }
    return parts;
}

http::Response batch_answer(const std::vector<std::pair<std::string, http::Response>>& answers) {
    constexpr std::string_view boundary = "batch_apilab";
    std::string body;
    for (auto at = answers.rbegin(); at != answers.rend(); ++at) {
        const auto& [id, answer] = *at;
        body += fmt::format("--{}\r\nContent-Type: application/http\r\n", boundary);
        if (!id.empty()) {
            const bool angle = id.starts_with('<');
            body += fmt::format("Content-ID: {}response-{}\r\n", angle ? "<" : "",
                                id.substr(angle ? 1 : 0));
        }
        body += fmt::format("\r\nHTTP/1.1 {} {}\r\n", answer.status(), reason_of(answer.status()));
        for (const auto& [name, value] : answer.headers()) {
            body += fmt::format("{}: {}\r\n", name, value);
        }
        body +=
            fmt::format("Content-Length: {}\r\n\r\n{}\r\n", answer.body().size(), answer.body());
    }
    body += fmt::format("--{}--\r\n", boundary);
    return http::Response(
        200, std::move(body),
        {{"content-type", fmt::format("multipart/mixed; boundary={}", boundary)}});
}

}  // namespace apilab::sandbox::google
