#include "sandbox/sandbox_admin.hpp"

#include <fmt/format.h>

#include "apilab/base/try.hpp"
#include "apilab/client/blocking.hpp"
#include "environment.hpp"
#include "sandbox_setup.hpp"

namespace apilab::cli {
namespace {

std::string value_of(const sandbox::Environment& variables, std::string_view name) {
    for (const auto& [key, value] : variables) {
        if (key == name) {
            return value;
        }
    }
    return {};
}

Error refused(const http::Response& reply) {
    const auto problem = http::JsonDocument::parse(reply.body());
    const auto detail = problem ? problem->root()["detail"].string_or("") : std::string_view();
    if (detail.empty()) {
        return Error(ErrorKind::status, fmt::format("the sandbox answered {}", reply.status()));
    }
    return Error(reply.status() == 401 ? ErrorKind::auth : ErrorKind::invalid_argument,
                 fmt::format("the sandbox refuses: {}", detail));
}

}  // namespace

std::shared_ptr<std::string> add_ready_file(CLI::App& command) {
    auto file = std::make_shared<std::string>(default_ready_file);
    command.add_option("--ready-file", *file)->capture_default_str();
    return file;
}

Result<sandbox::Environment> running_sandbox(const std::string& ready_file) {
    auto environment = sandbox::read_ready_file(ready_file);
    if (!environment) {
        return fail(Error(ErrorKind::invalid_argument,
                          "no sandbox is running here: " + environment.error().to_string())
                        .with_remedy("start one: apilab sandbox serve"));
    }
    return environment;
}

Result<http::Request> admin_request(const std::string& ready_file, std::string method,
                                    std::string_view path, std::string body) {
    sandbox::Environment variables;
    if (const auto url = environment("APILAB_ADMIN_URL")) {
        variables = {{"APILAB_ADMIN_URL", *url},
                     {"APILAB_ADMIN_TOKEN", environment("APILAB_ADMIN_TOKEN").value_or("")}};
    } else {
        APILAB_TRY(variables, running_sandbox(ready_file));
    }
    APILAB_TRY(auto url,
               http::Url::parse(value_of(variables, "APILAB_ADMIN_URL") + std::string(path)));
    http::Request request(std::move(method), std::move(url));
    request.header("authorization", "Bearer " + value_of(variables, "APILAB_ADMIN_TOKEN"));
    if (!body.empty()) {
        request.header("content-type", "application/json");
        request.body(std::move(body));
    }
    return request;
}

Result<std::string> ask_admin(const std::string& ready_file, std::string method,
                              std::string_view path, std::string body) {
    APILAB_TRY(auto request, admin_request(ready_file, std::move(method), path, std::move(body)));
    APILAB_TRY(auto client, client::blocking::Client::create());
    APILAB_TRY(auto reply, client.send(std::move(request)));
    if (!reply.ok()) {
        return fail(refused(reply));
    }
    return std::move(reply).body();
}

Result<http::JsonDocument> ask_admin_json(const std::string& ready_file, std::string method,
                                          std::string_view path, std::string body) {
    APILAB_TRY(const auto text, ask_admin(ready_file, std::move(method), path, std::move(body)));
    return http::JsonDocument::parse(text);
}

}  // namespace apilab::cli
