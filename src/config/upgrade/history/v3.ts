/** Fields of v3alpha1 to v4beta14, as changes since v2beta29, in the notation of `notation.ts`. */
export const v3Fields = `
@ v3alpha1
+ (top): manifests(rawYaml[], kustomize(paths[], buildArgs[]), helm(flags=HelmDeployFlags,
  releases[]=HelmRelease), kpt[], hooks(before[]=RenderHookItem, after[]=RenderHookItem), transform[](name,
  configMap[]), validate[](name, configMap[]), output), verify[](name, container:K8sContainer)
+ metadata: labels{}, annotations{}
+ build.artifacts[].kaniko: contextSubPath
+ build.artifacts[].buildpacks: clearCache:bool
+ build.googleCloudBuild: koImage, platformEmulatorInstallStep(image, args[], entrypoint), serviceAccount
+ <RenderHookItem>: host=HostHook
+ deploy: cloudrun(projectid, region)
+ deploy.kpt: applyFlags[], flags[], name, inventoryID, namespace, false:bool, defaultNamespace:str?
+ <ResourceFilter>: podSpec[]
+ profiles[]: requiresAllActivations:bool
- deploy: kustomize
- <HelmRelease>: artifactOverrides{}, imageStrategy
- deploy.kpt: fn, live
- deploy.kubectl: manifests[]
@ v3
@ v4beta1
+ manifests: remoteManifests[](manifest, kubeContext)
+ <HelmRelease>: skipTests:bool
+ deploy: tolerateFailuresUntilDeadline:bool
@ v4beta2
+ build.artifacts[]: runtimeType
+ build.artifacts[].kaniko: ignorePaths[]
+ deploy.cloudrun: hooks(before[]=HostHook, after[]=HostHook)
@ v4beta3
@ v4beta4
+ verify[]: executionMode(local:{}, kubernetesCluster=KubernetesClusterVerifier)
~ verify[]: container K8sContainer => =VerifyContainer
+ <VerifyContainer>: name, image, command[], args[], env[](name, value)
+ <KubernetesClusterVerifier>: overrides, jobManifestPath
@ v4beta5
+ (top): customActions[](name, failFast:bool?, timeout:int?, executionMode(local:{},
  kubernetesCluster=KubernetesClusterVerifier), containers[]=VerifyContainer)
- build.artifacts[].kaniko: noPush
@ v4beta6
+ verify[]: timeout:int?
@ v4beta7
+ requires[]: googleCloudStorage(source, path, sync:bool?)
+ build: hooks=BuildHooks
@ v4beta8
+ deploy.kpt: force:bool
~ verify[].executionMode: local {} => =LocalVerifier
+ <LocalVerifier>: useLocalImages:bool
~ customActions[].executionMode: local {} => =LocalVerifier
- deploy.kpt: false
@ v4beta9
~ manifests.hooks: after[] =RenderHookItem => (host(command[], os[], dir, withChange:bool))
@ v4beta10
+ requires[]: googleCloudBuildRepoV2(projectID, region, connection, repo, path, ref, sync:bool?)
+ build.artifacts[].bazel: platforms[](platform, target)
+ build.artifacts[].kaniko: copyMaxRetries:int?, copyTimeout
@ v4beta11
+ build.artifacts[].kaniko: destination[]
@ v4beta12
+ build.artifacts[].kaniko: imagePullSecret, buildContextCompressionLevel:int?
+ build.artifacts[].kaniko.cache: cacheRunLayers:bool?
+ build.googleCloudBuild: bucket
+ build.cluster: labels{}
+ <HelmRelease>: dependsOn[]
+ deploy.helm: concurrency:int?
@ v4beta13
+ <HelmDeployFlags>: depBuild[], template[]
@ v4beta14
+ build.artifacts[].buildpacks: buildArgs[]
`;
