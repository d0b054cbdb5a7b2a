// The three sources of days 8 and 9: how they are asked, so that the programs can be about the
// rest.

#include <fmt/format.h>

#include "apilab/http/fields.hpp"
#include "apilab/http/json.hpp"
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

}  // namespace exercise
