#include "apilab/provider/npm.hpp"

#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/http/path_template.hpp"

namespace apilab::provider {
namespace {

// A scoped name is one path segment with its slash escaped; the `@` stays, as npm's own client does
// it.
Result<std::string> package_path(const std::string& name) {
    const bool scoped = name.starts_with('@');
    APILAB_TRY(auto path, http::expand_path("/{name}", {{"name", scoped ? name.substr(1) : name}}));
    return scoped ? "/@" + path.substr(1) : path;
}

}  // namespace

runtime::Task<Result<http::JsonDocument>> Npm::packument(std::string name, Form form) const {
    APILAB_CO_TRY(auto path, package_path(name));
    auto request = http::Request::get(endpoint_.base.with(path));
    request.header("accept",
                   form == Form::full
                       ? "application/json"
                       : "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8");
    if (options_.token) {
        request.header("authorization", "Bearer " + std::string(options_.token->reveal()));
    }
    APILAB_CO_TRY(auto reply, co_await call(endpoint_, std::move(request),
                                            runtime::Operation{.provider = "npm",
                                                               .name = "get_packument",
                                                               .url_template = "/{package}"}));
    co_return decode(reply, "npm get_packument");
}

}  // namespace apilab::provider
