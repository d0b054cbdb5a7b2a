#include "naive_service/web.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

namespace release_notes {

namespace {

constexpr int attempts = 3;

std::size_t append(char* data, std::size_t size, std::size_t count, void* to) {
    static_cast<std::string*>(to)->append(data, size * count);
    return size * count;
}

// A handle for each thread: it keeps its connections for the next call.
CURL* handle() {
    thread_local const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                                curl_easy_cleanup);
    curl_easy_reset(curl.get());
    return curl.get();
}

CURLcode once(const std::string& method, const std::string& url, const Headers& headers,
              const std::string& body, Answer& answer) {
    CURL* curl = handle();
    curl_slist* list = curl_slist_append(nullptr, "Expect:");
    for (const std::string& header : headers) {
        list = curl_slist_append(list, header.c_str());
    }
    answer.body.clear();
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "release-notes/1.2");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 5L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    if (!body.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    }
    const CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_slist_free_all(list);
    return code;
}

// One second, two, four, each up to half of it shorter.
std::chrono::milliseconds pause_after(int attempt) {
    thread_local std::minstd_rand chance(
        static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
    const int most = 500 << attempt;
    return std::chrono::milliseconds(most - std::uniform_int_distribution(0, most / 2)(chance));
}

std::string small(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
}

// Reads until `there` says that it is enough, or the other side has nothing more.
bool read_until(int socket, std::string& text, const std::function<bool()>& there) {
    char block[4096];
    while (!there()) {
        const ssize_t got = ::recv(socket, block, sizeof block, 0);
        if (got <= 0) {
            return false;
        }
        text.append(block, static_cast<std::size_t>(got));
    }
    return true;
}

bool read_request(int socket, Incoming& request) {
    std::string text;
    const auto end = [&] { return text.find("\r\n\r\n"); };
    if (!read_until(socket, text, [&] { return end() != std::string::npos; })) {
        return false;
    }
    const std::size_t body = end() + 4;
    request.method = text.substr(0, text.find(' '));
    const std::size_t path = request.method.size() + 1;
    request.path = text.substr(path, text.find(' ', path) - path);
    for (std::size_t at = text.find("\r\n") + 2; at < body - 2; at = text.find("\r\n", at) + 2) {
        const std::string line = text.substr(at, text.find("\r\n", at) - at);
        const std::size_t colon = line.find(':');
        request.headers[small(line.substr(0, colon))] =
            line.substr(line.find_first_not_of(' ', colon + 1));
    }
    const auto length = request.headers.find("content-length");
    const std::size_t wanted = length == request.headers.end() ? 0 : std::stoul(length->second);
    const bool whole = read_until(socket, text, [&] { return text.size() >= body + wanted; });
    request.body = text.substr(body);
    return whole;
}

void answer_one(int socket, const std::function<Answer(const Incoming&)>& handler) {
    try {
        Incoming request;
        if (read_request(socket, request)) {
            log(request.method + " " + request.path);
            for (const auto& [name, value] : request.headers) {
                log("  " + name + ": " + value);
            }
            const Answer answer = handler(request);
            const std::string text = "HTTP/1.1 " + std::to_string(answer.status) +
                                     " OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                                     std::to_string(answer.body.size()) +
                                     "\r\nConnection: close\r\n\r\n" + answer.body;
            (void)::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
        }
    } catch (const std::exception& error) {
        log(std::string("request failed: ") + error.what());
    }
    ::close(socket);
}

}  // namespace

std::string setting(const std::string& name, const std::string& otherwise) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? otherwise : value;
}

void log(const std::string& line) {
    std::cout << line + "\n" << std::flush;
}

Answer call(const std::string& method, const std::string& url, const Headers& headers,
            const std::string& body) {
    Answer answer;
    for (int attempt = 1; attempt <= attempts; ++attempt) {
        log("calling " + method + " " + url);
        for (const std::string& header : headers) {
            log("  " + header);
        }
        const CURLcode code = once(method, url, headers, body, answer);
        if (code == CURLE_OK && answer.status < 400) {
            return answer;
        }
        log("failed: " + method + " " + url + " (" + std::to_string(answer.status) + ", " +
            curl_easy_strerror(code) + "): " + answer.body);
        if (attempt < attempts) {
            std::this_thread::sleep_for(pause_after(attempt));
        }
    }
    throw std::runtime_error(method + " " + url + " failed");
}

void serve(int port, const std::function<Answer(const Incoming&)>& handler) {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, SOMAXCONN) != 0) {
        throw std::runtime_error("cannot listen on port " + std::to_string(port));
    }
    log("listening on port " + std::to_string(port));
    for (;;) {
        const int socket = ::accept(listener, nullptr, nullptr);
        if (socket >= 0) {
            std::thread(answer_one, socket, handler).detach();
        }
    }
}

}  // namespace release_notes
