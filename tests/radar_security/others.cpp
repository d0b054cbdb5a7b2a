#include "others.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "apilab/http/json.hpp"

namespace apilab::radar_security {
namespace {

using runtime::Task;

std::string text_of(const http::Request& request) {
    std::string text = request.method() + " " + request.url().to_string() + "\n";
    for (const auto& [name, value] : request.headers()) {
        text += name + ": " + value + "\n";
    }
    return text + "\n" + request.body();
}

// `slack` of `/slack/api/chat.postMessage`.
std::string provider_of(std::string_view path) {
    path.remove_prefix(1);
    return std::string(path.substr(0, path.find('/')));
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
}

// In a header there is no place for line ends.
std::string one_line(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ') {
            c = ' ';
        }
    }
    return text.substr(0, 400);
}

}  // namespace

Others::Others(runtime::Scheduler& scheduler, sandbox::Sandbox& sandbox)
    : way_(scheduler, sandbox) {}

std::size_t Others::asked(const std::string& provider, Mood mood) const {
    const auto found = asked_.find({provider, mood});
    return found == asked_.end() ? 0 : found->second;
}

Others::Mood Others::mood_for(std::string_view path) const {
    Mood mood = Mood::honest;
    std::size_t longest = 0;
    for (const auto& [place, one] : moods_) {
        if (path.substr(1).starts_with(place) && place.size() >= longest) {
            longest = place.size();
            mood = one;
        }
    }
    return mood;
}

// Each provider's own words for an error, all in one, with everything that was sent.
http::Response Others::echo(const http::Request& request) {
    constexpr std::array statuses{200, 400, 401, 403, 404, 409, 422, 429, 500, 503};
    const int status = statuses.at(echoes_++ % statuses.size());
    const auto said = http::json_quote(text_of(request));
    const auto token = http::json_quote(std::string(request.headers().value("authorization")));
    auto body =
        request.url().path().starts_with("/google")
            ? fmt::format(
                  R"({{"error":{{"code":{},"message":{},"status":{},"errors":[{{"reason":{},)"
                  R"("message":{}}}]}}}})",
                  status, said, token, token, said)
            : fmt::format(R"({{"ok":false,"object":"error","status":{},"error":{},"code":{},)"
                          R"("message":{},"needed":{},"provided":{},"detail":{},)"
                          R"("response_metadata":{{"messages":[{}]}}}})",
                          status, token, token, said, token, token, said, said);
    if (request.url().path() == "/google/token") {
        body = fmt::format(R"({{"error":"invalid_client","error_description":{}}})", said);
    }
    auto answer = http::Response::json(status, std::move(body));
    const auto line = one_line(std::string(request.headers().value("authorization")));
    answer.header("x-request-id", line)
        .header("x-github-request-id", line)
        .header("x-slack-req-id", line)
        .header("x-ratelimit-resource", line)
        .header("etag", "\"" + line + "\"");
    if (status == 429 || status == 503) {
        answer.header("retry-after", "2");
    }
    return answer;
}

void Others::keep_token(const http::Response& answer) {
    const auto document = http::JsonDocument::parse(answer.body());
    if (const auto token = document ? document->root()["access_token"].string_or("") : "";
        !token.empty()) {
        tokens_.emplace(token);
    }
}

Task<Result<http::Response>> Others::call(http::Request request, runtime::CallContext context) {
    origins_.insert(request.url().origin());
    const std::string path = request.url().path();
    if (request.url().origin() != home) {
        sent_elsewhere_ += text_of(request) + "\n";
        co_return http::Response::json(200, R"({"metadata":"of the machine"})");
    }
    const auto mood = mood_for(path);
    ++asked_[{provider_of(path), mood}];
    if (mood == Mood::echo) {
        co_return echo(request);
    }
    if (mood == Mood::redirect) {
        http::Response answer(307);
        answer.header("location", std::string(elsewhere) + path + "?" + request.url().query());
        co_return answer;
    }
    auto answer = co_await way_.call(std::move(request), std::move(context));
    if (!answer) {
        co_return answer;
    }
    if (path == "/google/token") {
        keep_token(*answer);
    }
    if (mood == Mood::lure) {
        std::string body = answer->body();
        replace_all(body, "https://github.com", elsewhere);
        replace_all(body, home, elsewhere);
        answer->body(std::move(body));
        answer->headers().remove("content-length");
        answer->headers().set("link", fmt::format("<{}/next>; rel=\"next\"", elsewhere));
        answer->headers().set("location", fmt::format("{}/here", elsewhere));
        answer->headers().set("refresh", fmt::format("0; url={}/here", elsewhere));
    }
    co_return answer;
}

}  // namespace apilab::radar_security
