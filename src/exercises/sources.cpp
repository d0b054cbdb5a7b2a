// The three sources of days 8 and 9: how they are asked, so that the programs can be about the
// rest.

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "apilab/http/fields.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/retry_after.hpp"
#include "exercise.hpp"

namespace exercise {

using apilab::http::json_quote;

Request about(Lab& lab, std::string_view source, const std::string& package) {
    if (source == "npm") {
        return lab.get(fmt::format("/npm/{}/latest", package));
    }
    if (source == "osv") {
        return lab.request(
            "POST", "/osv/v1/query",
            fmt::format(R"({{"package":{{"ecosystem":"npm","name":{}}}}})", json_quote(package)));
    }
    return lab.get("/github/advisories?ecosystem=npm&affects=" + package)
        .header("authorization", "Bearer " + lab.environment().at("APILAB_GITHUB_TOKEN"));
}

std::string url_template_of(std::string_view source) {
    return source == "npm"   ? "/npm/{package}/latest"
           : source == "osv" ? "/osv/v1/query"
                             : "/github/advisories";
}

std::optional<std::string> shown_of(std::string_view source, const Response& answer) {
    const auto document = apilab::http::JsonDocument::parse(answer.body());
    if (!document) {
        return std::nullopt;
    }
    apilab::http::Fields fields(document->root());
    if (source == "npm") {
        return fields.text_or_null("/version");
    }
    (void)fields.array_or_null(source == "osv" ? "/vulns" : "");
    const auto list = source == "osv" ? document->root()["vulns"] : document->root();
    return fields.check() ? std::optional(std::to_string(list.size())) : std::nullopt;
}

Task<Result<Response>> send_patiently(Lab& lab, Request request, int attempts) {
    using namespace std::chrono_literals;
    for (int attempt = 1;; ++attempt) {
        auto answer = co_await apilab::transport::send(lab.transport(), request);
        const bool again = !answer || answer->status() == 429 || answer->status() >= 500;
        if (!again || attempt >= attempts) {
            co_return answer;
        }
        Duration wait(lab.rng().between(Duration(100ms).count(), Duration(300ms).count()));
        if (answer) {
            const auto said = apilab::http::parse_retry_after(answer->headers(), lab.system_now());
            wait = std::max(wait, said.wait.value_or(Duration::zero()));
        }
        co_await lab.sleep(wait);
    }
}

}  // namespace exercise
