// H.264 by openh264 (BSD-2), bound as three synchronous calls: its callers are worker threads.
// Zero latency: one slice, P frames only, key frames on request, bitrate changed without reopening.
#define NAPI_VERSION 9
#include <node_api.h>
#include <wels/codec_api.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace {

struct Coder {
  ISVCEncoder* encoder = nullptr;
  int width = 0;
  int height = 0;
  int bitrate = 0;
};

// Throws into JavaScript and returns null, so that callers can `return fail(...)`.
napi_value fail(napi_env env, const char* code, const char* text) {
  napi_throw_error(env, code, text);
  return nullptr;
}

void release(Coder* coder) {
  if (!coder->encoder) return;
  coder->encoder->Uninitialize();
  WelsDestroySVCEncoder(coder->encoder);
  coder->encoder = nullptr;
}

void finalize(napi_env, void* data, void*) {
  auto* coder = static_cast<Coder*>(data);
  release(coder);
  delete coder;
}

bool number(napi_env env, napi_value value, double* out) { return napi_get_value_double(env, value, out) == napi_ok; }

// Every setting that the picture depends on. The strip and the depth grid must survive: adaptive quantisation,
// denoising, background detection and scene change detection would each spend their bits elsewhere.
void describe(SEncParamExt* p, int width, int height, int bitrate, float fps) {
  p->iUsageType = CAMERA_VIDEO_REAL_TIME;
  p->iPicWidth = width;
  p->iPicHeight = height;
  p->iTargetBitrate = bitrate;
  p->iMaxBitrate = bitrate;
  p->iRCMode = RC_BITRATE_MODE;
  p->fMaxFrameRate = fps;
  p->iTemporalLayerNum = 1;
  p->iSpatialLayerNum = 1;
  p->iComplexityMode = LOW_COMPLEXITY;
  p->uiIntraPeriod = 0;
  p->iNumRefFrame = 1;
  p->eSpsPpsIdStrategy = CONSTANT_ID;
  p->bPrefixNalAddingCtrl = false;
  p->bEnableFrameSkip = false;
  p->bEnableDenoise = false;
  p->bEnableBackgroundDetection = false;
  p->bEnableAdaptiveQuant = false;
  p->bEnableSceneChangeDetect = false;
  p->bEnableLongTermReference = false;
  p->iMultipleThreadIdc = 1;
  p->iEntropyCodingModeFlag = 0;
  p->iMinQp = 12;
  p->iMaxQp = 42;
  SSpatialLayerConfig* layer = &p->sSpatialLayers[0];
  layer->iVideoWidth = width;
  layer->iVideoHeight = height;
  layer->fFrameRate = fps;
  layer->iSpatialBitrate = bitrate;
  layer->iMaxSpatialBitrate = bitrate;
  layer->uiProfileIdc = PRO_BASELINE;
  layer->sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
  // BT.709, limited range, said in the stream: a decoder that guesses by size would tint the picture.
  layer->bVideoSignalTypePresent = true;
  layer->uiVideoFormat = VF_UNDEF;
  layer->bFullRange = false;
  layer->bColorDescriptionPresent = true;
  layer->uiColorPrimaries = CP_BT709;
  layer->uiTransferCharacteristics = TRC_BT709;
  layer->uiColorMatrix = CM_BT709;
}

// open(width, height, bitrateKbps, maxFps) -> handle
napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value args[4];
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  double v[4] = {};
  for (int i = 0; i < 4; i++)
    if (!number(env, args[i], &v[i])) return fail(env, "H264_ARGUMENT", "openh264: open takes four numbers");
  const int width = int(v[0]), height = int(v[1]), bitrate = int(v[2] * 1000);
  if (width < 16 || height < 16 || width > 4096 || height > 4096 || width % 2 || height % 2 || bitrate < 1000)
    return fail(env, "H264_ARGUMENT", "openh264: sides must be even, 16 to 4096, and the bitrate positive");
  auto* coder = new Coder{nullptr, width, height, bitrate};
  if (WelsCreateSVCEncoder(&coder->encoder) != 0 || !coder->encoder) {
    delete coder;
    return fail(env, "H264_OPEN", "openh264: no encoder could be created");
  }
  int quiet = WELS_LOG_QUIET;
  coder->encoder->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
  SEncParamExt param;
  std::memset(&param, 0, sizeof(param));
  coder->encoder->GetDefaultParams(&param);
  describe(&param, width, height, bitrate, float(v[3]));
  int format = videoFormatI420;
  if (coder->encoder->InitializeExt(&param) != cmResultSuccess) {
    release(coder);
    delete coder;
    return fail(env, "H264_OPEN", "openh264: the encoder refused its settings");
  }
  coder->encoder->SetOption(ENCODER_OPTION_DATAFORMAT, &format);
  napi_value handle;
  napi_create_external(env, coder, finalize, nullptr, &handle);
  return handle;
}

bool setBitrate(Coder* coder, int bitrate) {
  if (bitrate == coder->bitrate) return true;
  SBitrateInfo info;
  info.iLayer = SPATIAL_LAYER_ALL;
  info.iBitrate = bitrate;
  // The ceiling must never lie below the target: raise it first, lower it last.
  const ENCODER_OPTION first = bitrate > coder->bitrate ? ENCODER_OPTION_MAX_BITRATE : ENCODER_OPTION_BITRATE;
  const ENCODER_OPTION last = bitrate > coder->bitrate ? ENCODER_OPTION_BITRATE : ENCODER_OPTION_MAX_BITRATE;
  if (coder->encoder->SetOption(first, &info) != 0 || coder->encoder->SetOption(last, &info) != 0) return false;
  coder->bitrate = bitrate;
  return true;
}

// The bytes of a Uint8Array; null where the value is none.
uint8_t* bytesOf(napi_env env, napi_value value, size_t* length) {
  napi_typedarray_type type;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array)
    return nullptr;
  return static_cast<uint8_t*>(data);
}

// encode(handle, planes: Uint8Array I420, coded: Uint8Array, key: boolean, bitrateKbps, timeMs) -> how many bytes of
// `coded` are Annex B now; key frames start with SPS and PPS.
napi_value encode(napi_env env, napi_callback_info info) {
  size_t count = 6;
  napi_value args[6];
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  void* held = nullptr;
  if (napi_get_value_external(env, args[0], &held) != napi_ok || !held)
    return fail(env, "H264_ARGUMENT", "openh264: no handle");
  auto* coder = static_cast<Coder*>(held);
  if (!coder->encoder) return fail(env, "H264_CLOSED", "openh264: the encoder is closed");
  size_t length = 0, room = 0;
  uint8_t* planes = bytesOf(env, args[1], &length);
  uint8_t* to = bytesOf(env, args[2], &room);
  if (!planes || !to) return fail(env, "H264_ARGUMENT", "openh264: planes and coded must be Uint8Arrays");
  const size_t luma = size_t(coder->width) * size_t(coder->height);
  if (length < luma + luma / 2) return fail(env, "H264_ARGUMENT", "openh264: the planes are shorter than I420");
  bool key = false;
  double bitrateKbps = 0, timeMs = 0;
  if (napi_get_value_bool(env, args[3], &key) != napi_ok || !number(env, args[4], &bitrateKbps) ||
      !number(env, args[5], &timeMs))
    return fail(env, "H264_ARGUMENT", "openh264: encode takes a handle, planes, coded, key, bitrate and time");
  if (!setBitrate(coder, int(bitrateKbps * 1000)))
    return fail(env, "H264_BITRATE", "openh264: the encoder refused the bitrate");

  SSourcePicture picture;
  std::memset(&picture, 0, sizeof(picture));
  picture.iColorFormat = videoFormatI420;
  picture.iPicWidth = coder->width;
  picture.iPicHeight = coder->height;
  picture.uiTimeStamp = (long long)timeMs;
  picture.iStride[0] = coder->width;
  picture.iStride[1] = picture.iStride[2] = coder->width / 2;
  picture.pData[0] = planes;
  picture.pData[1] = picture.pData[0] + luma;
  picture.pData[2] = picture.pData[1] + luma / 4;
  if (key) coder->encoder->ForceIntraFrame(true);
  SFrameBSInfo out;
  std::memset(&out, 0, sizeof(out));
  if (coder->encoder->EncodeFrame(&picture, &out) != cmResultSuccess)
    return fail(env, "H264_ENCODE", "openh264: a picture could not be encoded");

  size_t bytes = 0;
  for (int layer = 0; layer < out.iLayerNum; layer++) {
    size_t size = 0;
    for (int nal = 0; nal < out.sLayerInfo[layer].iNalCount; nal++)
      size += size_t(out.sLayerInfo[layer].pNalLengthInByte[nal]);
    if (size > room - bytes)
      return fail(env, "H264_ENCODE", "openh264: a coded picture is larger than the room given for it");
    std::memcpy(to + bytes, out.sLayerInfo[layer].pBsBuf, size);
    bytes += size;
  }
  napi_value result;
  napi_create_double(env, double(bytes), &result);
  return result;
}

// close(handle): frees at once; a second call does nothing.
napi_value close(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value arg;
  napi_get_cb_info(env, info, &count, &arg, nullptr, nullptr);
  void* held = nullptr;
  if (napi_get_value_external(env, arg, &held) == napi_ok && held) release(static_cast<Coder*>(held));
  return nullptr;
}

napi_value version(napi_env env, napi_callback_info) {
  const OpenH264Version v = WelsGetCodecVersion();
  char text[32];
  std::snprintf(text, sizeof(text), "%u.%u.%u", v.uMajor, v.uMinor, v.uRevision);
  napi_value result;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value init(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback call;
  } calls[] = {{"open", open}, {"encode", encode}, {"close", close}, {"version", version}};
  for (const auto& entry : calls) {
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, nullptr, &function);
    napi_set_named_property(env, exports, entry.name, function);
  }
  return exports;
}

}  // namespace

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
