/** Fields of v2alpha1 to v2alpha4, as changes since v1, in the notation of `notation.ts`. */
export const v2alphaFields = `
@ v2alpha1
+ build.artifacts[].kaniko: env[]:K8sEnvVar
+ build.artifacts[].buildpack: env[]
+ portForward[]: address
@ v2alpha2
+ build.artifacts[].kaniko: initImage
+ build.local: concurrency:int?
+ build.googleCloudBuild: packImage
- build.artifacts[].kaniko: buildContext
@ v2alpha3
+ build.artifacts[].kaniko: volumeMounts[]:K8sVolumeMount
+ build.artifacts[].buildpack: buildpacks[]
+ build.cluster: volumes[]:K8sVolume, randomPullSecret:bool, randomDockerConfigSecret:bool
+ <KubectlFlags>: disableValidation:bool
+ deploy.kustomize: paths[]
- build.artifacts[].buildpack: forcePull
- deploy.kustomize: path
@ v2alpha4
`;
