#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/message.hpp"
#include "apilab/sandbox/host.hpp"

namespace apilab::cli {

/// `--ready-file`, where `serve` left it unless told otherwise.
[[nodiscard]] std::shared_ptr<std::string> add_ready_file(CLI::App& command);

/// What the ready file says. Error with what to do: no sandbox is running here.
[[nodiscard]] Result<sandbox::Environment> running_sandbox(const std::string& ready_file);

/// A request to the admin API of the sandbox that `APILAB_ADMIN_URL` or the ready file names;
/// `path` from `/_sandbox` on. Error: there is none.
[[nodiscard]] Result<http::Request> admin_request(const std::string& ready_file, std::string method,
                                                  std::string_view path, std::string body = {});
/// Sends it and returns the body. A refusal is an `invalid_argument` with what the sandbox says is
/// wrong and where.
[[nodiscard]] Result<std::string> ask_admin(const std::string& ready_file, std::string method,
                                            std::string_view path, std::string body = {});
[[nodiscard]] Result<http::JsonDocument> ask_admin_json(const std::string& ready_file,
                                                        std::string method, std::string_view path,
                                                        std::string body = {});

}  // namespace apilab::cli
