// What happens around a program that has secrets: somebody deploys them, somebody replaces one.

#include <cstdlib>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/http/json.hpp"
#include "exercise.hpp"

namespace exercise {
namespace {

constexpr const char* role_variable = "APILAB_ROLE";

void write(const std::filesystem::path& path, const std::string& text) {
    if (auto written = apilab::write_file_atomically(path, text); !written) {
        throw std::runtime_error(written.error().to_string());
    }
}

}  // namespace

std::optional<DeployedInstance> deployed_instance() {
    const char* port = std::getenv("PORT");
    if (port == nullptr) {
        return std::nullopt;
    }
    const char* role = std::getenv(role_variable);
    return DeployedInstance{.port = static_cast<std::uint16_t>(std::atoi(port)),
                            .role = role != nullptr ? role : ""};
}

std::vector<std::pair<std::string, std::string>> in_role(std::string role) {
    return {{role_variable, std::move(role)}};
}

apilab::SecretSources deployed(Lab& lab) {
    auto environment = lab.environment();
    if (auto key = environment.extract("APILAB_API_KEY"); !key.empty()) {
        write(lab.folder() / "api_key", key.mapped() + "\n");
        environment["APILAB_API_KEY_FILE"] = lab.folder() / "api_key";
    }
    std::string dotenv = "# Of this machine only; never committed.\n";
    for (const char* name : {"APILAB_API_USER", "APILAB_API_PASSWORD"}) {
        if (auto value = environment.extract(name); !value.empty()) {
            dotenv += std::string("export ") + name + "='" + value.mapped() + "'\n";
        }
    }
    write(lab.folder() / ".env", dotenv);
    return apilab::SecretSources(std::move(environment), lab.folder() / ".env");
}

Task<void> replace_key(Lab& lab) {
    Request request = lab.request("POST", "/api/keys/rotate");
    const auto key = lab.environment().find("APILAB_API_KEY");
    if (key == lab.environment().end()) {
        co_return;  // then nobody but its owner can
    }
    request.header("x-api-key", key->second);
    const auto answer = co_await apilab::transport::send(lab.transport(), std::move(request));
    const auto body = apilab::http::JsonDocument::parse(answer ? answer->body() : "");
    if (body && body->root()["key"].is_string()) {
        write(lab.folder() / "api_key", std::string(*body->root()["key"].string()) + "\n");
    }
}

Task<void> change_items(Lab& lab, std::size_t pages, std::string ids) {
    constexpr std::size_t id_size = 8;               // itm_0042
    constexpr std::size_t back = 4 * (id_size + 1);  // no cursor speaks of that one
    const std::string key(secret_of(lab, "APILAB_API_KEY").reveal());
    if (pages % 3 == 0) {
        auto request = lab.request("POST", "/api/items", R"({"title":"new"})");
        request.header("x-api-key", key);
        (void)co_await apilab::transport::send(lab.transport(), std::move(request));
    }
    if (pages % 5 == 0 && ids.size() >= back) {
        auto request =
            lab.request("DELETE", "/api/items/" + ids.substr(ids.size() - back, id_size));
        request.header("x-api-key", key);
        (void)co_await apilab::transport::send(lab.transport(), std::move(request));
    }
}

}  // namespace exercise
