#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/notion/internal/bodies.hpp"
#include "apilab/sandbox/notion/internal/call.hpp"
#include "apilab/sandbox/notion/internal/events.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"

namespace apilab::sandbox::notion {
namespace {

constexpr auto kept = std::chrono::hours(1);
constexpr std::int64_t bytes_max = 5'242'880;
constexpr std::int64_t parts_max = 10'000;

std::string type_by_name(std::string_view name) {
    static const std::map<std::string, std::string, std::less<>> types = {
        {"txt", "text/plain"}, {"pdf", "application/pdf"}, {"png", "image/png"},
        {"jpg", "image/jpeg"}, {"csv", "text/csv"},        {"json", "application/json"},
        {"mp4", "video/mp4"},  {"mp3", "audio/mpeg"},      {"gif", "image/gif"}};
    const auto found = types.find(ascii_lowered(name.substr(name.rfind('.') + 1)));
    return found == types.end() ? "application/octet-stream" : found->second;
}

/// A field of a multipart form.
struct FormPart {
    std::string_view name;
    std::string_view content;
};

// The parts of a `multipart/form-data` body; empty where it is none.
std::vector<FormPart> form_parts(const http::Request& request) {
    const auto type = request.headers().value("content-type");
    const auto at = type.find("boundary=");
    std::vector<FormPart> parts;
    if (!ascii_lowered(type).starts_with("multipart/form-data") || at == std::string_view::npos) {
        return parts;
    }
    std::string boundary = "--";
    boundary += type.substr(at + 9, type.find(';', at) - at - 9);
    std::erase(boundary, '"');
    std::string_view body = request.body();
    auto begin = body.find(boundary);
    while (begin != std::string_view::npos) {
        begin += boundary.size();
        const auto end = body.find("\r\n" + boundary, begin);
        if (end == std::string_view::npos) {
            break;
        }
        const auto part = body.substr(begin, end - begin);
        const auto head = part.find("\r\n\r\n");
        const auto named = part.find("name=\"");
        if (head != std::string_view::npos && named < head) {
            const auto first = named + 6;
            parts.push_back({.name = part.substr(first, part.find('"', first) - first),
                             .content = part.substr(head + 4)});
        }
        begin = end + 2;
    }
    return parts;
}

std::expected<FileUpload*, http::Response> file_of(const Call& call) {
    const auto id = path_id(call, "file_upload");
    if (!id) {
        return std::unexpected(id.error());
    }
    auto* file = call.store->files.find(*id);
    if (file == nullptr) {
        return std::unexpected(not_found("file_upload", *id));
    }
    return file;
}

bool pending(const FileUpload& file, const Call& call) {
    return file.status == "pending" && call.incoming->system_now < file.expires;
}

void finish(const Call& call, FileUpload& file) {
    file.status = "uploaded";
    emit(call, "file_upload.complete", "file_upload", file.id, {});
}

}  // namespace

http::Response create_file_upload(const Call& call) {
    FileUpload file{.created = call.now(), .expires = call.incoming->system_now + kept};
    file.mode = call.body["mode"].string_or("single_part");
    file.filename = call.body["filename"].string_or("");
    file.parts = call.body["number_of_parts"].integer().value_or(1);
    if (file.mode != "single_part" && file.mode != "multi_part" && file.mode != "external_url") {
        return validation_error(
            should_be("body.mode", "`\"single_part\"`, `\"multi_part\"` or `\"external_url\"`",
                      call.body["mode"])
                .error());
    }
    if (file.mode != "single_part" && file.filename.empty()) {
        return validation_error(should_be("body.filename", "defined", http::Json()).error());
    }
    if (file.mode == "multi_part" &&
        (call.body["number_of_parts"].missing() || file.parts < 1 || file.parts > parts_max)) {
        return validation_error(should_be("body.number_of_parts", "a number from 1 to 10000",
                                          call.body["number_of_parts"])
                                    .error());
    }
    if (file.mode == "external_url" &&
        !call.body["external_url"].string_or("").starts_with("https://")) {
        return validation_error(
            should_be("body.external_url", "an https URL", call.body["external_url"]).error());
    }
    file.content_type = call.body["content_type"].string_or(type_by_name(file.filename));
    file.id = call.store->next_id();
    return answer_with(file_object(call.store->files.add(std::move(file)), call));
}

http::Response send_file_upload(const Call& call) {
    const auto found = file_of(call);
    if (!found) {
        return found.error();
    }
    auto& file = **found;
    if (!pending(file, call)) {
        return validation_error("File upload is not pending.");
    }
    const auto parts = form_parts(*call.incoming->request);
    const auto content = std::ranges::find(parts, "file", &FormPart::name);
    if (content == parts.end()) {
        return validation_error(should_be("body.file", "defined", http::Json()).error());
    }
    const auto size = static_cast<std::int64_t>(content->content.size());
    if (size > bytes_max) {
        return validation_error(fmt::format("File is larger than {} bytes.", bytes_max));
    }
    file.bytes += size;
    ++file.parts_sent;
    if (file.mode == "single_part") {
        finish(call, file);
    }
    return answer_with(file_object(file, call));
}

http::Response complete_file_upload(const Call& call) {
    const auto found = file_of(call);
    if (!found) {
        return found.error();
    }
    auto& file = **found;
    if (file.mode != "multi_part" || !pending(file, call) || file.parts_sent < file.parts) {
        return validation_error(
            fmt::format("Expected {} parts, {} were sent.", file.parts, file.parts_sent));
    }
    finish(call, file);
    return answer_with(file_object(file, call));
}

http::Response get_file_upload(const Call& call) {
    const auto file = file_of(call);
    return file ? answer_with(file_object(**file, call)) : file.error();
}

http::Response list_file_uploads(const Call& call) {
    const auto status = call.incoming->param("status");
    std::vector<const FileUpload*> all;
    for (const auto& file : call.store->files.all()) {
        if (!status || file.status == *status) {
            all.insert(all.begin(), &file);  // newest first
        }
    }
    const auto cut = cut_list(call, all.size(), [&](std::size_t i) { return all[i]->id; });
    return cut ? answer_with(list_of(*cut, "file_upload",
                                     [&](std::size_t i) { return file_object(*all[i], call); }))
               : cut.error();
}

}  // namespace apilab::sandbox::notion
